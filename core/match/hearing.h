// What is heard of a sound before any search: its partials at five moments of the held note, the
// keys whose harmonics they may be, and ratios between the harmonics that would explain the rest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/match/moment_spectra.h"
#include "core/util/arena.h"

namespace sideband::match {

// A pitch that the sound may have, and the ratios that are not whole, likeliest first.
struct SupposedPitch {
  static constexpr std::size_t kRatios = 32;
  double f0_hz = 440;
  double probability = 0;
  std::array<float, kRatios> ratio{};
  std::size_t ratios = 0;
};

class Hearing {
 public:
  static constexpr std::size_t kPitches = 8;

  // [main-thread] False when the arena is full.
  bool prepare(Arena& arena);

  // A sound at 16 kHz whose key went up after `hold_s`; `f0_hz` is its measured pitch, 0: none.
  void listen(std::span<const float> sound, double hold_s, double f0_hz) noexcept;

  std::span<const SupposedPitch> pitches() const { return {pitch_.data(), pitches_}; }

 private:
  static constexpr std::size_t kMoments = 5;
  static constexpr std::size_t kBins = MomentSpectra::kBins;
  static constexpr std::size_t kMostPeaks = 200;
  static constexpr std::size_t kOdd = 51;  // after 0, 1, 2 … 50 hundredths: the odd harmonics
  static constexpr std::size_t kPlaces = kOdd + 1;
  static constexpr float kDeepestDb = MomentSpectra::kDeepestDb;
  static constexpr int kPerTurn = 200;  // grid over multiples of the pitch
  static constexpr int kHighestRatio = 32;
  struct Peak {
    float hz = 0;
    float db = 0;
  };

  void find_peaks(std::size_t moment) noexcept;
  double likelihood(double f0_hz) noexcept;
  void suppose(double f0_hz, double log_odds) noexcept;
  void lay_out_strangers(double f0_hz) noexcept;
  void find_ratios(SupposedPitch& pitch) noexcept;

  MomentSpectra spectra_;
  std::array<Peak, kMostPeaks> peak_;
  std::size_t peaks_ = 0;
  std::span<float> density_;       // of each peak at each place, for the pitch at hand
  std::span<float> stranger_;      // partials between the harmonics, over multiples of the pitch
  std::span<float> legal_;         // ratios of a DX7 that are not whole
  std::span<std::uint8_t> taken_;  // those of them that were chosen or lie close to one
  std::array<SupposedPitch, kPitches> pitch_;
  std::array<double, kPitches> log_odds_{};
  std::size_t pitches_ = 0;
};

}  // namespace sideband::match
