// Model files with random weights, made in memory: for tests of everything that does not need to
// sound like an instrument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/util/tensor.h"

namespace sideband::test {

struct RandomModelOptions {
  std::string synth = "fm";  // "fm", "fm_noise" or "harmonic_noise"
  int hidden = 16;
  int blocks = 3;  // of a TCN
  bool reverb = true;
  std::uint32_t seed = 1;
  float weight_scale = 0.3F;
  std::string instrument = "violin";
  DataType weights = DataType::kF32;  // of matrices; vectors stay F32
  bool expanded = false;              // stores the narrow values as F32
};

// The bytes of a safetensors file with a decoder, a TCN for FM in the strings configuration, a GRU
// for harmonic + noise.
std::vector<std::byte> random_model(const RandomModelOptions& options = {});

}  // namespace sideband::test
