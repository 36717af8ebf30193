#include "core/inference/dense_layer.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sideband {

void DenseLayer::prepare(TensorTable& table, const TensorName& name, const DenseShape& shape,
                         bool linear, Arena& arena) {
  const WeightTensor weight =
      linear ? table.take(name + ".weight", {shape.outputs, shape.inputs})
             : table.take(name + ".weight", {shape.outputs, shape.inputs, shape.taps});
  prepare(weight, table.take(name + ".bias", {shape.outputs}), shape, arena);
}

void DenseLayer::prepare(const WeightTensor& weight, const WeightTensor& bias,
                         const DenseShape& shape, Arena& arena) {
  shape_ = shape;
  weight_ = weight;
  bias_ = bias;
  rows_done_ = 0;
  packed_weights_ = arena.take<float>(packed_floats(shape.width(), shape.outputs));
  packed_bias_ = arena.take<float>(static_cast<std::size_t>(padded_outputs(shape.outputs)));
  matrix_ = {packed_weights_.data(), packed_bias_.data(), shape.width(), shape.outputs};
}

bool DenseLayer::load_step() noexcept {
  const int rows = std::max(1, kStepWeights / shape_.width());
  const int end = std::min(shape_.outputs, rows_done_ + rows);
  for (; rows_done_ < end; ++rows_done_) pack_row(rows_done_);
  return rows_done_ < shape_.outputs;
}

void DenseLayer::pack_row(int output) noexcept {
  std::array<float, 64> values{};
  const auto row = static_cast<std::size_t>(output);
  const auto row_size = static_cast<std::size_t>(shape_.width());
  const auto taps = static_cast<std::size_t>(shape_.taps);
  packed_bias_[row] = bias_.at(0, 0, row);
  for (int tap = 0; tap < shape_.taps; ++tap) {
    for (int first = 0; first < shape_.inputs; first += static_cast<int>(values.size())) {
      const int count = std::min(static_cast<int>(values.size()), shape_.inputs - first);
      // In the file the taps of one input lie side by side; in the packed row its frames do not.
      weight_.read(row, row_size,
                   static_cast<std::size_t>(first) * taps + static_cast<std::size_t>(tap), taps,
                   std::span(values).first(static_cast<std::size_t>(count)));
      for (int i = 0; i < count; ++i) {
        const int input = tap * shape_.inputs + first + i;
        packed_weights_[packed_index(shape_.width(), shape_.outputs, output, input)] =
            values[static_cast<std::size_t>(i)];
      }
    }
  }
}

}  // namespace sideband
