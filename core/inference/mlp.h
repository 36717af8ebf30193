// Three layers, each Linear → LayerNorm → LeakyReLU 0.01, as the harmonic + noise decoder has three
// of them.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "core/inference/activations.h"
#include "core/inference/frames.h"
#include "core/inference/kernels.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"
#include "core/util/simd.h"

namespace sideband {

// (values − mean) / √(variance + 1e-5) · weight + bias, over one frame (PyTorch's LayerNorm).
void layer_norm(std::span<float> values, std::span<const float> weight,
                std::span<const float> bias) noexcept;

// The values of a vector tensor as floats in the arena.
std::span<const float> copy_vector(TensorTable& table, const TensorName& name, int size,
                                   Arena& arena);

template <typename Layer>
class Mlp {
 public:
  static constexpr int kLayers = 3;

  // Tensors `<name>.{0,1,2}.{weight,bias,norm.weight,norm.bias}`.
  void prepare(TensorTable& table, const TensorName& name, int inputs, int hidden, int max_frames,
               Arena& arena) {
    for (int i = 0; i < kLayers; ++i) {
      Stage& stage = stages_[static_cast<std::size_t>(i)];
      const TensorName stage_name = name + "." + i;
      const DenseShape shape{i == 0 ? inputs : hidden, hidden};
      stage.linear.prepare(table.take_linear(stage_name, shape), shape, arena);
      stage.norm_weight = copy_vector(table, stage_name + ".norm.weight", hidden, arena);
      stage.norm_bias = copy_vector(table, stage_name + ".norm.bias", hidden, arena);
    }
    for (auto& between : between_) {
      const auto width = static_cast<std::size_t>(hidden);
      between =
          adjacent_frames(arena.take<float>(width * static_cast<std::size_t>(max_frames)), width);
    }
  }

  Layer& layer(int n) noexcept { return stages_[static_cast<std::size_t>(n)].linear; }
  const Layer& layer(int n) const noexcept { return stages_[static_cast<std::size_t>(n)].linear; }

  void run(const ConstFrames& x, const Frames& y) noexcept {
    const std::array<Frames, kLayers> outputs{between_[0].first(y.count),
                                              between_[1].first(y.count), y};
    ConstFrames input = x;
    for (std::size_t i = 0; i < kLayers; ++i) {
      stages_[i].linear.run(input, outputs[i], Epilogue::kStore);
      for (std::size_t n = 0; n < y.count; ++n) {
        const std::span<float> values = outputs[i][n];
        layer_norm(values, stages_[i].norm_weight, stages_[i].norm_bias);
        leaky_relu(values);
      }
      input = outputs[i];
    }
  }

  long norm_parameters() const noexcept {
    return 2L * kLayers * static_cast<long>(stages_[0].norm_weight.size());
  }

 private:
  struct Stage {
    Layer linear;
    std::span<const float> norm_weight;
    std::span<const float> norm_bias;
  };

  std::array<Stage, kLayers> stages_;
  std::array<Frames, kLayers - 1> between_;
};

}  // namespace sideband
