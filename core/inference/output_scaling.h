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

// The outputs of a GRU: amplitude, harmonics, noise bands. `controls.f0_hz` must be set: harmonics
// from half the sample rate up are all but silenced before the distribution is made to sum to 1.
inline void scale_gru_outputs(const DecoderConfig& config, std::span<const float> outputs,
                              Controls& controls) {
  constexpr float kMasked = 1e-4F;
  constexpr float kAudible = 1.0F + 1e-4F;
  const auto harmonics = static_cast<std::size_t>(config.harmonics);
  const auto bands = static_cast<std::size_t>(config.noise_bands);
  controls.level.fill(0.0F);
  controls.harmonic.fill(0.0F);
  controls.noise_band.fill(0.0F);

  controls.amplitude = outputs[0];
  exp_sigmoid({&controls.amplitude, 1});

  const std::span<float> harmonic = std::span(controls.harmonic).first(harmonics);
  std::copy_n(outputs.begin() + 1, harmonics, harmonic.begin());
  exp_sigmoid(harmonic);
  const float nyquist_hz = 0.5F * static_cast<float>(config.sample_rate_hz);
  float sum = 0;
  for (std::size_t i = 0; i < harmonics; ++i) {
    const float frequency_hz = static_cast<float>(i + 1) * controls.f0_hz;
    harmonic[i] *= frequency_hz >= nyquist_hz ? kMasked : kAudible;
    sum += harmonic[i];
  }
  for (float& value : harmonic) value /= sum;

  const std::span<float> band = std::span(controls.noise_band).first(bands);
  std::copy_n(outputs.begin() + static_cast<std::ptrdiff_t>(1 + harmonics), bands, band.begin());
  exp_sigmoid(band);
}

}  // namespace sideband
