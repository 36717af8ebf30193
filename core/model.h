// A model file taken apart: what its decoder and its synth are built from (DESIGN: safetensors with
// a JSON text under the metadata key "sideband").
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/inference/decoder_config.h"
#include "core/synth/synth_config.h"
#include "core/util/arena.h"
#include "core/util/status.h"
#include "core/util/tensor.h"

namespace sideband {

inline constexpr int kMaxTensors = 96;

struct Model {
  std::string_view instrument;  // views into the arena's copy of the metadata
  std::string_view variant;
  DecoderConfig decoder;
  // Loudness that 5 and 95 % of the training's voiced frames stay below; equal where the file does
  // not say.
  float quiet_db = 0;
  float loud_db = 0;
  SynthConfig synth;  // output_rate_hz and noise_seed are the engine's to set
  std::array<TensorView, kMaxTensors> tensor_storage{};
  int tensor_count = 0;

  std::span<const TensorView> tensors() const {
    return {tensor_storage.data(), static_cast<std::size_t>(tensor_count)};
  }
};

// Reads `file` (which must outlive the model: the tensors are views into it). Scratch and texts
// come from the arena. Refuses with one sentence: not a safetensors file, truncated, no or
// malformed metadata, unknown format or type, values out of range.
Status parse_model(std::span<const std::byte> file, Arena& arena, Model& model);

}  // namespace sideband
