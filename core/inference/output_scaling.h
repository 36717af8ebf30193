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
  controls.level.fill(0.0F);
  controls.noise_band.fill(0.0F);
  const std::span<float> level = std::span(controls.level).first(levels);
  std::copy_n(outputs.begin(), levels, level.begin());
  sigmoid(level);
  for (float& value : level) value *= config.i_max;
  const std::span<float> band = std::span(controls.noise_band).first(bands);
  std::copy_n(outputs.begin() + static_cast<std::ptrdiff_t>(levels), bands, band.begin());
  exp_sigmoid(band);
}

}  // namespace sideband
