#include "core/analyzer/harmonic_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace sideband {
namespace {

constexpr int kPartials = 16;
constexpr float kHighestHz = 2600;  // beyond, the analyzer's lowpass leaves little
constexpr float kRateHz = 16000;

using Partials = std::array<float, kPartials>;

// Amplitude of each partial under a Hann window of an even number of periods, whose nulls lie on
// the neighbouring partials.
void measure_partials(std::span<const float> signal, float period, Partials& amplitude) noexcept {
  const float pairs = std::max(1.0F, std::ceil(kMinEvidenceSamples / (2 * period)));
  const auto wanted = static_cast<std::size_t>(std::lround(2 * period * pairs));
  const std::span<const float> newest = signal.last(std::min(wanted, signal.size()));

  Partials step_re, step_im, re, im, sum_re{}, sum_im{};
  for (std::size_t k = 0; k < kPartials; ++k) {
    const float angle = 2 * std::numbers::pi_v<float> * static_cast<float>(k + 1) / period;
    step_re[k] = std::cos(angle);
    step_im[k] = std::sin(angle);
    re[k] = 1;
    im[k] = 0;
  }
  const float window_step = 2 * std::numbers::pi_v<float> / static_cast<float>(newest.size());
  const float window_re = std::cos(window_step);
  const float window_im = std::sin(window_step);
  float hann_re = 1;
  float hann_im = 0;
  for (const float sample : newest) {
    const float x = sample * (1 - hann_re);
    const float next = hann_re * window_re - hann_im * window_im;
    hann_im = hann_re * window_im + hann_im * window_re;
    hann_re = next;
    for (std::size_t k = 0; k < kPartials; ++k) {
      sum_re[k] += x * re[k];
      sum_im[k] += x * im[k];
      const float turned = re[k] * step_re[k] - im[k] * step_im[k];
      im[k] = re[k] * step_im[k] + im[k] * step_re[k];
      re[k] = turned;
    }
  }
  for (std::size_t k = 0; k < kPartials; ++k) {
    amplitude[k] = std::sqrt(sum_re[k] * sum_re[k] + sum_im[k] * sum_im[k]);
  }
}

}  // namespace

float mixture_share(std::span<const float> signal, float period) noexcept {
  Partials amplitude;
  measure_partials(signal, period, amplitude);
  const int heard = std::min(kPartials, static_cast<int>(kHighestHz * period / kRateHz));
  float total = 1e-12F;
  for (int k = 1; k <= heard; ++k) total += amplitude[static_cast<std::size_t>(k - 1)];
  float largest = 0;
  for (int q = 2; q <= heard; ++q) {
    for (int r = q == 2 ? 5 : q + 1; r <= heard; ++r) {
      if (r % q == 0) continue;
      float explained = 0;
      for (int k = q; k <= heard; ++k) {
        if (k % q == 0 || k % r == 0) explained += amplitude[static_cast<std::size_t>(k - 1)];
      }
      largest = std::max(largest, explained);
    }
  }
  return largest / total;
}

}  // namespace sideband
