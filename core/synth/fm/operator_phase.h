// The phase of one operator over a hop: exact integer turns, with the frequency ramping linearly.
//
// Sample n of N has increment(n) = previous + (current − previous)·(n + 1)/N turns, and its phase
// is the sum of the increments up to and including its own.
#pragma once

#include <cstdint>

#include "core/util/fast_math.h"

namespace sideband {

class OperatorPhase {
 public:
  void reset() noexcept {
    phase_ = 0;
    primed_ = false;
  }

  // The next hop has no ramp, but goes on in this phase.
  void go_on() noexcept { primed_ = false; }

  // Frequency at the end of this hop, in turns per sample; the first hop after reset() has no ramp.
  void begin_hop(double turns_per_sample, int samples) noexcept {
    if (!primed_) previous_turns_ = turns_per_sample;
    primed_ = true;
    increment_ = fixed_turns(previous_turns_);
    slope_ = fixed_turns((turns_per_sample - previous_turns_) / samples);
    previous_turns_ = turns_per_sample;
  }

  // Phase of sample n of the hop. All products wrap, as turns do.
  std::uint64_t at(std::uint64_t n) const noexcept {
    return phase_ + (n + 1) * increment_ + slope_ * ((n + 1) * (n + 2) / 2);
  }

  // at(n), one sample after the other.
  struct Single {
    std::uint64_t phase;
    std::uint64_t step;
    std::uint64_t step_step;
    void advance() noexcept {
      phase += step;
      step += step_step;
    }
  };
  Single single(std::uint64_t n) const noexcept {
    return {at(n), increment_ + slope_ * (n + 2), slope_};
  }

  // at(n) for lanes n…n + 3, moved on by four samples with advance().
  struct Lanes {
    Uint64x4 phase;
    Uint64x4 step;
    std::uint64_t step_step;
    void advance() noexcept {
      phase += step;
      step += step_step;
    }
  };
  Lanes lanes(std::uint64_t n) const noexcept {
    Lanes lanes;
    for (std::uint64_t lane = 0; lane < 4; ++lane) {
      lanes.phase[lane] = at(n + lane);
      lanes.step[lane] = 4 * increment_ + slope_ * (4 * (n + lane) + 14);
    }
    lanes.step_step = 16 * slope_;
    return lanes;
  }

  void end_hop(int samples) noexcept { phase_ = at(static_cast<std::uint64_t>(samples) - 1); }

 private:
  std::uint64_t phase_ = 0;
  std::uint64_t increment_ = 0;
  std::uint64_t slope_ = 0;  // two's complement: a falling pitch wraps to the right sum
  double previous_turns_ = 0;
  bool primed_ = false;
};

}  // namespace sideband
