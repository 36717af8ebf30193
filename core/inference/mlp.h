// Three layers, each Linear → LayerNorm → LeakyReLU 0.01, as the harmonic + noise decoder has three
// of them.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/inference/frames.h"
#include "core/inference/kernels.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"

namespace sideband {

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
      Layer& stage = layer(i);
      const TensorName stage_name = name + "." + i;
      const DenseShape shape{i == 0 ? inputs : hidden, hidden};
      stage.prepare(table.take_linear(stage_name, shape), shape, arena);
      stage.set_norm(
          {.weight = copy_vector(table, stage_name + ".norm.weight", hidden, arena).data(),
           .bias = copy_vector(table, stage_name + ".norm.bias", hidden, arena).data()});
    }
    for (auto& between : between_) {
      const auto width = static_cast<std::size_t>(hidden);
      between =
          adjacent_frames(arena.take<float>(width * static_cast<std::size_t>(max_frames)), width);
    }
  }

  Layer& layer(int n) noexcept { return stages_[static_cast<std::size_t>(n)]; }
  const Layer& layer(int n) const noexcept { return stages_[static_cast<std::size_t>(n)]; }

  void run(const ConstFrames& x, const Frames& y) noexcept {
    for (std::size_t i = 0; i < kLayers; ++i) run_layer(i, x, y);
  }

  // Two of them, layer by layer in turns: while a small layer's sums wait for each other, the
  // processor has the other network's to do.
  static void run_both(Mlp& a, const ConstFrames& a_x, const Frames& a_y, Mlp& b,
                       const ConstFrames& b_x, const Frames& b_y) noexcept {
    for (std::size_t i = 0; i < kLayers; ++i) {
      a.run_layer(i, a_x, a_y);
      b.run_layer(i, b_x, b_y);
    }
  }

  long norm_parameters() const noexcept { return 2L * kLayers * stages_[0].shape().outputs; }

 private:
  // x and y are those of the whole.
  void run_layer(std::size_t i, const ConstFrames& x, const Frames& y) noexcept {
    const std::size_t count = y.count;
    const ConstFrames from = i == 0 ? x : ConstFrames(between_[i - 1].first(count));
    const Frames to = i + 1 == kLayers ? y : between_[i].first(count);
    stages_[i].run(from, to, Epilogue::kNorm);
  }

  std::array<Layer, kLayers> stages_;
  std::array<Frames, kLayers - 1> between_;
};

}  // namespace sideband
