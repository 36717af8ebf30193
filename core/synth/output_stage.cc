#include "core/synth/output_stage.h"

#include <algorithm>

#include "core/util/fast_math.h"
#include "core/util/portable_math.h"

namespace sideband {
namespace {

constexpr double kDcCornerHz = 7;  // below the lowest note by far: at 50 Hz it takes 0.09 dB
constexpr float kMaxSample = 1e6F;
constexpr float kTiny = 1e-15F;  // −300 dBFS; below, the decaying state would become denormal

}  // namespace

void OutputStage::prepare(int sample_rate_hz) noexcept {
  ramp_samples_ = sample_rate_hz / 50;
  pole_ = static_cast<float>(std::exp(-kTwoPi * kDcCornerHz / sample_rate_hz));
  reset();
}

void OutputStage::reset() noexcept {
  gain_.jump(gain_.target());
  last_in_ = last_out_ = 0;
}

void OutputStage::set_gain_db(float gain_db) noexcept {
  if (std::isfinite(gain_db)) gain_.aim(gain_of_db(gain_db), ramp_samples_);
}

void OutputStage::process(std::span<float> inout) noexcept {
  for (float& sample : inout) {
    const float in = std::isfinite(sample) ? std::clamp(sample, -kMaxSample, kMaxSample) : 0.0F;
    last_out_ = (in - last_in_) + pole_ * last_out_;
    last_in_ = in;
    if (std::abs(last_out_) < kTiny) last_out_ = 0;
    sample = soft_limit(last_out_ * gain_.next());
  }
}

}  // namespace sideband
