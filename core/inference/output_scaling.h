// Raw network outputs → Controls.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"
#include "core/inference/row_kernels.h"
#include "core/util/copy_floats.h"

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

// The outputs of a GRU (gru.h): harmonics, noise bands, amplitude. `controls.f0_hz` must be set:
// harmonics from half the sample rate up are all but silenced.
inline void scale_gru_outputs(const RowKernels& rows, const DecoderConfig& config,
                              std::span<const float> outputs, Controls& controls) {
  const auto harmonics = static_cast<std::size_t>(config.harmonics);
  const auto bands = static_cast<std::size_t>(config.noise_bands);
  controls.level.fill(0.0F);
  controls.amplitude = outputs[harmonics + bands];

  const int audible =
      multiples_below(controls.f0_hz, 0.5 * config.sample_rate_hz, config.harmonics);
  rows.distribute(outputs.data(), config.harmonics, audible, controls.harmonic.data());
  std::fill(controls.harmonic.begin() + config.harmonics, controls.harmonic.end(), 0.0F);

  copy_floats(&outputs[harmonics], bands, controls.noise_band.data());
  std::fill(controls.noise_band.begin() + config.noise_bands, controls.noise_band.end(), 0.0F);
}

}  // namespace sideband
