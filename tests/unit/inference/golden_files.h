// The stored networks of tests/golden/decoder, with PyTorch's answers, and decoders made from them.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "core/inference/decoder.h"
#include "core/model.h"
#include "core/util/safetensors.h"

namespace sideband::test {

inline std::vector<std::byte> read_golden_bytes(const std::string& name) {
  const std::string path = std::string(SIDEBAND_SOURCE_DIR) + "/tests/golden/decoder/" + name;
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_FALSE(text.empty()) << "cannot read " << path;
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

// A model with its memory and its decoder.
struct LoadedModel {
  explicit LoadedModel(std::vector<std::byte> bytes, std::size_t memory_bytes = 4U << 20U)
      : file(std::move(bytes)), memory(memory_bytes), arena(memory) {
    status = parse_model(file, arena, model);
    if (status.ok()) status = decoder.prepare(model.decoder, model.tensors(), arena);
    if (!status.ok()) return;
    for (load_steps = 1; decoder.load_step();) ++load_steps;
    status = decoder.load_status();
  }

  std::vector<std::byte> file;
  std::vector<std::byte> memory;
  Arena arena;
  Model model;
  Decoder decoder;
  int load_steps = 0;
  Status status;
};

inline std::unique_ptr<LoadedModel> load_golden_model(const std::string& name) {
  auto loaded = std::make_unique<LoadedModel>(read_golden_bytes(name + ".model.safetensors"));
  EXPECT_TRUE(loaded->status.ok()) << name << ": " << loaded->status.message();
  return loaded;
}

// What PyTorch answered: rows of values by name, empty where the network has no such output.
struct GoldenAnswer {
  explicit GoldenAnswer(const std::string& name) {
    const std::vector<std::byte> file = read_golden_bytes(name + ".golden.safetensors");
    std::vector<std::byte> memory(1U << 20U);
    Arena arena(memory);
    std::vector<TensorView> tensors(16);
    SafetensorsFile container;
    const Status status = parse_safetensors(file, arena, tensors, container);
    EXPECT_TRUE(status.ok()) << status.message();
    const auto values = [&](std::string_view wanted) {
      for (const TensorView& tensor : tensors) {
        if (tensor.name != wanted) continue;
        std::vector<float> copy(tensor.data.size() / sizeof(float));
        std::memcpy(copy.data(), tensor.data.data(), tensor.data.size());
        return copy;
      }
      return std::vector<float>{};
    };
    const std::vector<float> f0_hz = values("f0_hz");
    const std::vector<float> loudness_db = values("loudness_db");
    for (std::size_t n = 0; n < f0_hz.size(); ++n) {
      features.push_back({f0_hz[n], 1.0F, loudness_db[n]});
    }
    level = values("level");
    amplitude = values("amplitude");
    harmonic = values("harmonic");
    noise = values("noise");
  }

  std::vector<Features> features;
  std::vector<float> level;
  std::vector<float> amplitude;
  std::vector<float> harmonic;
  std::vector<float> noise;
};

// Largest difference between frame n of a golden and `controls`, over all outputs of the network.
inline float largest_difference(const GoldenAnswer& golden, std::size_t n,
                                const Controls& controls) {
  float largest = 0;
  const std::size_t frames = golden.features.size();
  const auto compare = [&](const std::vector<float>& expected, const float* actual) {
    const std::size_t count = expected.size() / frames;
    for (std::size_t i = 0; i < count; ++i) {
      const float difference = std::abs(expected[n * count + i] - actual[i]);
      largest = difference > largest || std::isnan(difference) ? difference : largest;
    }
  };
  compare(golden.level, controls.level.data());
  compare(golden.amplitude, &controls.amplitude);
  compare(golden.harmonic, controls.harmonic.data());
  compare(golden.noise, controls.noise_band.data());
  return largest;
}

inline const std::vector<std::string> kGoldenDecoders{
    "tcn_small", "tcn_odd", "tcn_identity_skips", "tcn_noise",
    "tcn_f16",   "tcn_i8",  "gru_small",          "gru_few_harmonics"};

}  // namespace sideband::test
