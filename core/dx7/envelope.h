// The DX7's envelope in closed form: where it is at any moment of a note.
//
// A key starts it at level 4 towards level 1, then 2, then 3, where it stays; key up sends it to
// level 4 from wherever it is. Falling is linear in dB. Rising first jumps to kAttackStart and then
// slows down as it nears full scale: steps a second = rate · (1.5 − level/256), which is the
// hardware's 2 + floor(−level/256) without its stairs.
#pragma once

#include <array>

#include "core/dx7/voice.h"

namespace sideband::dx7 {

class EnvelopeCurve {
 public:
  // Levels in steps from full scale, rates in steps a second (decay_steps_per_s).
  void set(const std::array<double, 4>& level_steps,
           const std::array<double, 4>& rate_steps_per_s) noexcept;

  double held(double seconds) const noexcept;                         // since the key went down
  double released(double from_level, double seconds) const noexcept;  // since it went up

 private:
  struct Segment {
    double start_s = 0;
    double from = 0;
    double to = 0;
    double rate = 0;
  };
  static double duration_s(double from, double to, double rate) noexcept;
  static double along(const Segment& segment, double seconds) noexcept;

  std::array<Segment, 3> segment_{};
  double release_level_ = 0;
  double release_rate_ = 0;
};

// The envelope of an operator as a key plays it: output level, scaling and velocity included.
EnvelopeCurve operator_envelope(const Operator& op, int midi_note, int velocity);

// The pitch envelope: octaves, linear in time, without the attack's bend.
class PitchCurve {
 public:
  void set(const Envelope& envelope) noexcept;
  double held(double seconds) const noexcept;
  double released(double from_octaves, double seconds) const noexcept;
  bool flat() const noexcept { return flat_; }

 private:
  std::array<double, 4> octaves_{};
  std::array<double, 4> rate_{};
  bool flat_ = true;
};

}  // namespace sideband::dx7
