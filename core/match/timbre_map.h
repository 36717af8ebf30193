// Random DX7 voices on a map: near each other lies what sounds alike, in clusters.
//
// A voice is kept when its sound is finite and can be heard. Eight numbers about its timbre, each
// scaled to unit variance over the map, place it: the map's axes are the two directions in which
// they vary most, its clusters k-means from the voices that differ most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/dx7/note.h"
#include "core/dx7/voice.h"
#include "core/match/timbre.h"
#include "core/util/arena.h"
#include "core/util/rng.h"
#include "core/util/timebase.h"

namespace sideband::match {

struct MapPlace {
  dx7::Voice voice;
  Timbre timbre{};
  Timbre standard{};  // zero mean, unit variance over the map
  double x = 0;       // standard deviations of the timbre, along the map's axes
  double y = 0;
  std::size_t cluster = 0;  // 0…kClusters − 1
};

class TimbreMap {
 public:
  static constexpr std::size_t kClusters = 8;
  static constexpr int kMidiNote = 57;                      // that every voice is heard at
  static constexpr std::size_t kSamples = kAnalysisRateHz;  // a second
  static constexpr std::size_t kHeldSamples = kSamples * 3 / 4;

  // [main-thread] The places to fill, which must outlive the map. False when the arena is full.
  bool prepare(std::span<MapPlace> places, std::uint32_t seed, Arena& arena);

  // Tries one more voice. False once all places are filled, or ten times as many were tried.
  bool step() noexcept;
  std::span<const MapPlace> places() const { return places_.first(filled_); }

  // Once every voice is there: fills x, y and cluster. At least two voices.
  void arrange() noexcept;

  // Of the arranged places the ones farthest from all chosen before them; returns how many.
  std::size_t most_different(std::span<std::size_t> chosen) noexcept;

  // A voice as it is heard on the map: kSamples at 16 kHz.
  void play(const dx7::Voice& voice, std::span<float> sound) noexcept;

 private:
  dx7::Voice random_voice() noexcept;
  void standardise() noexcept;
  void embed() noexcept;
  void cluster() noexcept;

  std::span<MapPlace> places_;
  std::size_t filled_ = 0;
  std::size_t tried_ = 0;
  Rng random_;
  TimbreMeter meter_;
  dx7::Note note_;
  std::span<float> sound_;
  std::span<double> nearest_;  // of each place, the squared distance to what was chosen
};

}  // namespace sideband::match
