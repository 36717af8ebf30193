// Raw network outputs → Controls.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"
#include "core/inference/row_kernels.h"
#include "core/util/copy_floats.h"
#include "core/util/simd.h"

namespace sideband {

// The outputs of a TCN: the operators' levels, then the noise bands, if there are any.
inline void scale_tcn_outputs(const RowKernels& rows, const DecoderConfig& config,
                              std::span<const float> outputs, Controls& controls) {
  const auto levels = static_cast<std::size_t>(config.levels);
  const auto bands = static_cast<std::size_t>(config.noise_bands);
  controls.amplitude = 0.0F;
  controls.level.fill(0.0F);
  controls.harmonic.fill(0.0F);
  controls.noise_band.fill(0.0F);
  const std::span<float> level = std::span(controls.level).first(levels);
  std::copy_n(outputs.begin(), levels, level.begin());
  rows.sigmoid(level.data(), config.levels);
  for (float& value : level) value *= config.i_max;
  const std::span<float> band = std::span(controls.noise_band).first(bands);
  std::copy_n(outputs.begin() + static_cast<std::ptrdiff_t>(levels), bands, band.begin());
  rows.exp_sigmoid(band.data(), config.noise_bands);
}

// How many of the first `count` multiples of f0_hz lie below limit_hz.
inline int multiples_below(double f0_hz, double limit_hz, int count) {
  if (!(count * f0_hz >= limit_hz)) return count;  // also where f0_hz is not a number
  int below = static_cast<int>(limit_hz / f0_hz);  // at most one off, by the quotient's rounding
  while (below > 0 && below * f0_hz >= limit_hz) --below;
  while ((below + 1) * f0_hz < limit_hz) ++below;
  return below;
}

// The sum, as many partial sums side by side as the widest vectors hold, on every target.
inline float sum_side_by_side(std::span<const float> values) {
  constexpr std::size_t kSums = 16;
  constexpr std::size_t kVectors = kSums / kSimdFloats;
  std::array<FloatV, kVectors> vectors{};
  std::size_t i = 0;
  for (; i + kSums <= values.size(); i += kSums) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      vectors[v] += simd_load(&values[i + v * kSimdFloats]);
    }
  }
  std::array<float, kSums> sums;
  std::memcpy(sums.data(), vectors.data(), sizeof(sums));
  for (std::size_t k = 0; i < values.size(); ++i, ++k) sums[k] += values[i];
  for (std::size_t half = kSums / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) sums[k] += sums[half + k];
  }
  return sums[0];
}

// to[i] = factor · from[i].
inline void scale(std::span<const float> from, float factor, float* to) {
  std::size_t i = 0;
  for (; i + kSimdFloats <= from.size(); i += kSimdFloats) {
    simd_store(to + i, simd_load(&from[i]) * factor);
  }
  for (; i < from.size(); ++i) to[i] = from[i] * factor;
}

// The outputs of a GRU, scaled where they are: harmonics, noise bands, amplitude. `controls.f0_hz`
// must be set: harmonics from half the sample rate up are all but silenced before the distribution
// is made to sum to 1.
inline void scale_gru_outputs(const RowKernels& rows, const DecoderConfig& config,
                              std::span<float> outputs, Controls& controls) {
  constexpr float kMasked = 1e-4F;
  constexpr float kAudible = 1.0F + 1e-4F;
  const auto harmonics = static_cast<std::size_t>(config.harmonics);
  const auto bands = static_cast<std::size_t>(config.noise_bands);
  rows.exp_sigmoid(outputs.data(), config.outputs);
  controls.level.fill(0.0F);
  controls.amplitude = outputs[harmonics + bands];

  const auto below = static_cast<std::size_t>(
      multiples_below(controls.f0_hz, 0.5 * config.sample_rate_hz, config.harmonics));
  const std::span<const float> audible = outputs.first(below);
  const std::span<const float> masked = outputs.subspan(below, harmonics - below);
  const float one_of_sum =
      1.0F / (kAudible * sum_side_by_side(audible) + kMasked * sum_side_by_side(masked));
  scale(audible, kAudible * one_of_sum, controls.harmonic.data());
  scale(masked, kMasked * one_of_sum, controls.harmonic.data() + below);
  std::fill(controls.harmonic.begin() + config.harmonics, controls.harmonic.end(), 0.0F);

  const std::span<const float> band = outputs.subspan(harmonics, bands);
  copy_floats(band.data(), bands, controls.noise_band.data());
  std::fill(controls.noise_band.begin() + config.noise_bands, controls.noise_band.end(), 0.0F);
}

}  // namespace sideband
