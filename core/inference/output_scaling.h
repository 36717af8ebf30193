// Raw network outputs → Controls.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "core/inference/activations.h"
#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"

namespace sideband {

// The outputs of a TCN: the operators' levels, then the noise bands, if there are any.
inline void scale_tcn_outputs(const DecoderConfig& config, std::span<const float> outputs,
                              Controls& controls) {
  const auto levels = static_cast<std::size_t>(config.levels);
  const auto bands = static_cast<std::size_t>(config.noise_bands);
  controls.amplitude = 0.0F;
  controls.level.fill(0.0F);
  controls.harmonic.fill(0.0F);
  controls.noise_band.fill(0.0F);
  const std::span<float> level = std::span(controls.level).first(levels);
  std::copy_n(outputs.begin(), levels, level.begin());
  sigmoid(level);
  for (float& value : level) value *= config.i_max;
  const std::span<float> band = std::span(controls.noise_band).first(bands);
  std::copy_n(outputs.begin() + static_cast<std::ptrdiff_t>(levels), bands, band.begin());
  exp_sigmoid(band);
}

// The sum, as many partial sums side by side as the widest vectors hold, on every target.
inline float sum_side_by_side(std::span<const float> values) {
  constexpr std::size_t kSums = 16;
  std::array<float, kSums> sums{};
  std::size_t i = 0;
  for (; i + kSums <= values.size(); i += kSums) {
    for (std::size_t k = 0; k < kSums; ++k) sums[k] += values[i + k];
  }
  for (std::size_t k = 0; i < values.size(); ++i, ++k) sums[k] += values[i];
  for (std::size_t half = kSums / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) sums[k] += sums[half + k];
  }
  return sums[0];
}

// The outputs of a GRU, scaled where they are: amplitude, harmonics, noise bands. `controls.f0_hz`
// must be set: harmonics from half the sample rate up are all but silenced before the distribution
// is made to sum to 1.
inline void scale_gru_outputs(const DecoderConfig& config, std::span<float> outputs,
                              Controls& controls) {
  constexpr float kMasked = 1e-4F;
  constexpr float kAudible = 1.0F + 1e-4F;
  const auto harmonics = static_cast<std::size_t>(config.harmonics);
  const auto bands = static_cast<std::size_t>(config.noise_bands);
  exp_sigmoid(outputs);
  controls.level.fill(0.0F);
  controls.amplitude = outputs[0];

  const std::span<float> distribution = outputs.subspan(1, harmonics);
  const float nyquist_hz = 0.5F * static_cast<float>(config.sample_rate_hz);
  for (int i = 0; i < config.harmonics; ++i) {
    const float frequency_hz = static_cast<float>(i + 1) * controls.f0_hz;
    distribution[static_cast<std::size_t>(i)] *= frequency_hz >= nyquist_hz ? kMasked : kAudible;
  }
  const float sum = sum_side_by_side(distribution);
  for (float& value : distribution) value /= sum;
  const auto rest = std::copy(distribution.begin(), distribution.end(), controls.harmonic.begin());
  std::fill(rest, controls.harmonic.end(), 0.0F);

  const std::span<float> band = outputs.subspan(1 + harmonics, bands);
  const auto no_more = std::copy(band.begin(), band.end(), controls.noise_band.begin());
  std::fill(no_more, controls.noise_band.end(), 0.0F);
}

}  // namespace sideband
