// The partials on a microcontroller, without vectors.
#include "core/analyzer/partial_meter.h"

#if defined(SIDEBAND_M_PROFILE)

#include <algorithm>
#include <cmath>

#include "core/util/goertzel.h"
#include "core/util/portable_math.h"

namespace sideband {

void PartialMeter::set_weights() noexcept {
  std::fill_n(weights_.begin(), lead_, 0.0F);
  float turn_re = 1;
  float turn_im = 0;
  const double window_step = 1.0 / static_cast<double>(window_samples_);  // turns
  const float window_re = cosine_of_turns(window_step);
  const float window_im = sine_of_turns(window_step);
  for (std::size_t n = 0; n < window_samples_; ++n) {
    weights_[lead_ + n] = 1 - turn_re;
    const float next = turn_re * window_re - turn_im * window_im;
    turn_im = turn_re * window_im + turn_im * window_re;
    turn_re = next;
  }
  std::fill_n(&weights_[lead_ + window_samples_], kDriftSamples, 0.0F);
}

// Goertzel's recurrence takes half the work of turning; what it gives is turned by the same angle
// for both windows. The older window, only for those whose drift matters, takes the place of the
// weights.
Partials PartialMeter::measure() noexcept {
  Partials partials;
  partials.heard = heard();
  set_weights();
  std::array<float, kMaxWindowSamples + kGranule> samples;
  const std::size_t silent = lead_ / kGranule * kGranule;
  const std::span<const float> sounding = newest_.subspan(silent);
#pragma GCC unroll 8
  for (std::size_t n = 0; n < sounding.size(); ++n) {
    samples[n] = sounding[n] * weights_[silent + n];
  }
#pragma GCC unroll 8
  for (std::size_t n = 0; n < newest_.size(); ++n) {
    weights_[n] = newest_[n] * weights_[n + kDriftSamples];
  }
  for (std::size_t k = 0; k < partials.heard; k += 2) {
    const float twice_cos[2] = {2 * step_re_[k], 2 * step_re_[k + 1]};
    GoertzelState states[2];
    goertzel_pair(samples.data(), static_cast<int>(sounding.size()), twice_cos, states);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t p = k + i;
      now_re_[p] = states[i].newest - step_re_[p] * states[i].before;
      now_im_[p] = -step_im_[p] * states[i].before;
    }
  }
  for (std::size_t k = 0; k < partials.heard; ++k) {
    partials.amplitude[k] = std::sqrt(now_re_[k] * now_re_[k] + now_im_[k] * now_im_[k]);
  }
  return partials;
}

void PartialMeter::measure_drift(std::span<const std::size_t> wanted, Partials& partials) noexcept {
  for (std::size_t w = 0; w < wanted.size(); w += 2) {
    const std::size_t pair[2] = {wanted[w] - 1, wanted[std::min(w + 1, wanted.size() - 1)] - 1};
    const float twice_cos[2] = {2 * step_re_[pair[0]], 2 * step_re_[pair[1]]};
    GoertzelState states[2];
    goertzel_pair(weights_.data(), static_cast<int>(newest_.size()), twice_cos, states);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t p = pair[i];
      before_re_[p] = states[i].newest - step_re_[p] * states[i].before;
      before_im_[p] = -step_im_[p] * states[i].before;
      partials.drift[p] = drift(p);
    }
  }
}

}  // namespace sideband

#endif
