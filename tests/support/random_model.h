// Model files with random weights, made in memory: for tests of everything that does not need to
// sound like an instrument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sideband::test {

struct RandomModelOptions {
  std::string synth = "fm";  // "fm" or "fm_noise"
  int hidden = 16;
  int blocks = 3;
  bool reverb = true;
  std::uint32_t seed = 1;
  float weight_scale = 0.3F;
  std::string instrument = "violin";
};

// The bytes of a safetensors file with a TCN decoder and the strings configuration.
std::vector<std::byte> random_model(const RandomModelOptions& options = {});

}  // namespace sideband::test
