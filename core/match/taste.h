// A voice shaped by a listener: brighter, warmer, and this one rather than that one.
//
// Brighter and warmer move the index of all modulators at once (and tilt the carriers, where there
// is more than one), as far as it takes for the spectrum's centroid to move by a quarter octave.
//
// A choice between the voice (A) and a variation (B) is a reward of one bit. The law is REINFORCE
// with antithetic trials on a Gaussian around the voice, whose mean drifts: what was liked pulls
// the next variations its way, what was not pushes them off, and its mirror image is offered next.
//
// Every step can be undone. No variation is silent or more than 6 dB louder than what it comes
// from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/dx7/note.h"
#include "core/dx7/voice.h"
#include "core/match/timbre.h"
#include "core/util/arena.h"
#include "core/util/rng.h"

namespace sideband::match {

class Taste {
 public:
  static constexpr std::size_t kMostUndo = 64;

  // [main-thread] The voice as it is played at this key. False when the arena is full, or where the
  // voice is silent.
  bool prepare(const dx7::Voice& voice, int midi_note, std::uint32_t seed, Arena& arena);

  const dx7::Voice& voice() const { return voice_; }

  // Steps of a quarter octave of the centroid, negative: warmer. False where the voice goes no
  // further; it is then unchanged.
  bool brighter(int steps) noexcept;

  // The variation that is offered beside the voice, the same until prefer() or brighter().
  const dx7::Voice& variation() noexcept;
  void prefer(bool variation) noexcept;

  bool undo() noexcept;  // false where there is nothing left to undo

  // Where the spectrum's middle is, in octaves; for displays and tests.
  double centroid_octaves() const { return timbre_[0]; }

 private:
  // What varies: of each operator output level, levels 2 and 3, rates 1, 2, 3 and 4; and feedback.
  static constexpr std::size_t kPerOperator = 7;
  static constexpr std::size_t kDimensions = kOperators * kPerOperator + 1;
  using Direction = std::array<float, kDimensions>;
  struct State {
    dx7::Voice voice;
    Direction drift{};
  };

  struct Heard {
    Timbre timbre{};
    double level_db = -200;
  };
  bool hear(const dx7::Voice& voice, Heard& heard) noexcept;
  static dx7::Voice moved(const dx7::Voice& voice, const Direction& by) noexcept;
  dx7::Voice tilted(int by) const noexcept;
  void remember() noexcept;
  void take(const dx7::Voice& voice) noexcept;

  dx7::Voice voice_;
  int midi_note_ = 60;
  Timbre timbre_{};
  double level_db_ = 0;
  Direction drift_{};
  Direction trial_{};
  bool mirrored_ = false;  // the trial is the mirror image of one that was not liked
  bool offered_ = false;
  dx7::Voice variation_;
  Rng random_;
  TimbreMeter meter_;
  dx7::Note note_;
  std::span<float> sound_;
  std::array<State, kMostUndo> past_;
  std::size_t pasts_ = 0;
};

}  // namespace sideband::match
