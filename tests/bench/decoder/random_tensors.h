// The papers' decoders with random weights, named and shaped as a model file has them, in any of
// the widths that a file may have.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"
#include "core/util/half.h"
#include "core/util/tensor.h"

namespace sideband::bench {

inline DecoderConfig tcn(int hidden, int blocks, int noise_bands) {
  DecoderConfig config;
  config.hidden = hidden;
  config.blocks = blocks;
  config.skips.fill(true);
  config.noise_bands = noise_bands;
  config.outputs = config.levels + noise_bands;
  return config;
}

inline DecoderConfig gru(int hidden) {
  DecoderConfig config;
  config.type = DecoderType::kGru;
  config.hidden = hidden;
  config.levels = 0;
  config.harmonics = kHarmonics;
  config.noise_bands = kNoiseBands;
  config.outputs = 1 + kHarmonics + kNoiseBands;
  return config;
}

struct Architecture {
  const char* name;
  DecoderConfig config;
};

inline const std::array<Architecture, 5>& architectures() {
  static const std::array<Architecture, 5> all{{{"DDX7 full", tcn(128, 5, 0)},
                                                {"DDX7 reduced", tcn(64, 3, 0)},
                                                {"HpN full", gru(512)},
                                                {"HpN reduced", gru(16)},
                                                {"FM + noise full", tcn(128, 5, kNoiseBands)}}};
  return all;
}

inline const char* name_of(DataType type) {
  return type == DataType::kF32 ? "F32" : type == DataType::kF16 ? "F16" : "I8";
}

class RandomTensors {
 public:
  // Matrices have the type, vectors are F32.
  RandomTensors(const DecoderConfig& config, DataType type) : type_(type) {
    if (config.type == DecoderType::kTcn) {
      add_tcn(config);
    } else {
      add_gru(config);
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      views_[i].name = names_[i];
      views_[i].data = values_[i];
    }
  }

  std::span<const TensorView> views() const { return views_; }

 private:
  static constexpr float kDeviation = 0.05F;
  static constexpr float kScale = 4 * kDeviation / 127;  // of I8

  void add(const std::string& name, const std::vector<int>& shape, DataType type) {
    TensorView view;
    view.type = type;
    std::size_t size = 1;
    for (const int extent : shape) {
      view.shape[static_cast<std::size_t>(view.rank++)] = extent;
      size *= static_cast<std::size_t>(extent);
    }
    std::vector<std::byte> bytes(size * element_bytes(type));
    for (std::size_t i = 0; i < size; ++i) {
      const float value = kDeviation * normal_(random_);
      std::byte* to = &bytes[i * element_bytes(type)];
      if (type == DataType::kF32) {
        std::memcpy(to, &value, sizeof(value));
      } else if (type == DataType::kF16) {
        const std::uint16_t half = half_of_float(value);
        std::memcpy(to, &half, sizeof(half));
      } else {
        const float most = 127 * kScale;
        const float within = value > most ? most : value < -most ? -most : value;
        *to = static_cast<std::byte>(static_cast<std::int8_t>(within / kScale));
      }
    }
    names_.push_back(name);
    values_.push_back(std::move(bytes));
    views_.push_back(view);
    if (type == DataType::kI8) add_scale(name + ".scale", shape[0]);
  }

  void add_scale(const std::string& name, int rows) {
    const std::vector<float> scales(static_cast<std::size_t>(rows), kScale);
    TensorView view;
    view.rank = 1;
    view.shape[0] = rows;
    const auto bytes = std::as_bytes(std::span(scales));
    names_.push_back(name);
    values_.emplace_back(bytes.begin(), bytes.end());
    views_.push_back(view);
  }

  void add_vector(const std::string& name, int size) { add(name, {size}, DataType::kF32); }
  void add_matrix(const std::string& name, const std::vector<int>& shape) {
    add(name, shape, type_);
  }
  void add_linear(const std::string& name, const std::vector<int>& shape) {
    add_vector(name + ".bias", shape[0]);
    add_matrix(name + ".weight", shape);
  }

  void add_tcn(const DecoderConfig& config) {
    for (int b = 0; b < config.blocks; ++b) {
      const int in = b == 0 ? config.inputs : config.hidden;
      const int out = b + 1 == config.blocks ? config.outputs : config.hidden;
      const std::string block = "decoder.block." + std::to_string(b);
      add_linear(block + ".conv1", {config.hidden, in, config.kernel});
      add_linear(block + ".conv2", {out, config.hidden, config.kernel});
      add_linear(block + ".skip", {out, in});
    }
  }

  void add_mlp(const std::string& name, int inputs, int hidden) {
    for (int i = 0; i < 3; ++i) {
      const std::string layer = name + "." + std::to_string(i);
      add_linear(layer, {hidden, i == 0 ? inputs : hidden});
      add_vector(layer + ".norm.weight", hidden);
      add_vector(layer + ".norm.bias", hidden);
    }
  }

  void add_gru(const DecoderConfig& config) {
    const int hidden = config.hidden;
    add_mlp("decoder.in.pitch", 1, hidden);
    add_mlp("decoder.in.loudness", 1, hidden);
    add_mlp("decoder.out", hidden + 2, hidden);
    add_matrix("decoder.gru.weight_ih", {3 * hidden, 2 * hidden});
    add_matrix("decoder.gru.weight_hh", {3 * hidden, hidden});
    add_vector("decoder.gru.bias_ih", 3 * hidden);
    add_vector("decoder.gru.bias_hh", 3 * hidden);
    add_linear("decoder.head.amplitude", {1, hidden});
    add_linear("decoder.head.harmonic_distribution", {config.harmonics, hidden});
    add_linear("decoder.head.noise_bands", {config.noise_bands, hidden});
  }

  DataType type_;
  std::mt19937 random_{1};
  std::normal_distribution<float> normal_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::byte>> values_;
  std::vector<TensorView> views_;
};

}  // namespace sideband::bench
