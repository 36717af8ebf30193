// The last code before the speaker: no DC, a gain, no peak above −0.3 dBFS, never NaN or Inf.
#pragma once

#include <cmath>
#include <span>

#include "core/util/ramp.h"

namespace sideband {

// Exactly the input up to ±0.75 (−2.5 dBFS); above, the slope falls smoothly from 1 to 0 and the
// output approaches, but never exceeds, 0.966 (−0.3 dBFS). No look-ahead, hence no latency.
inline float soft_limit(float x) noexcept {
  constexpr float kKnee = 0.75F;
  constexpr float kCeiling = 0.966F;
  const float magnitude = std::abs(x);
  if (magnitude <= kKnee) return x;
  const float over = (magnitude - kKnee) / (kCeiling - kKnee);
  const float limited = kKnee + (kCeiling - kKnee) * (over / (1 + over));
  return std::copysign(std::fmin(limited, kCeiling), x);
}

class OutputStage {
 public:
  void prepare(int sample_rate_hz) noexcept;

  // [audio-thread] The gain is kept.
  void reset() noexcept;

  // [audio-thread] In place, any block size; NaN and Inf are silenced before they can reach a
  // state.
  void process(std::span<float> inout) noexcept;

  // [audio-thread] Ramps over 20 ms.
  void set_gain_db(float gain_db) noexcept;

 private:
  Ramp gain_{1};
  int ramp_samples_ = 960;
  float pole_ = 0.999F;
  float last_in_ = 0;
  float last_out_ = 0;
};

}  // namespace sideband
