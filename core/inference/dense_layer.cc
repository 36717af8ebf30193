#include "core/inference/dense_layer.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sideband {

void DenseLayer::prepare(const LayerTensors& tensors, const DenseShape& shape, Arena& arena) {
  shape_ = shape;
  tensors_ = tensors;
  rows_done_ = 0;
  packed_weights_ =
      arena.take<float>(packed_floats(shape.width(), shape.outputs) + kReadAheadFloats);
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
  packed_bias_[row] = tensors_.bias_of(row);
  for (int first = 0; first < shape_.width(); first += static_cast<int>(values.size())) {
    const int count = std::min(static_cast<int>(values.size()), shape_.width() - first);
    tensors_.read_weights(shape_, row, first,
                          std::span(values).first(static_cast<std::size_t>(count)));
    for (int i = 0; i < count; ++i) {
      packed_weights_[packed_index(shape_.width(), shape_.outputs, output, first + i)] =
          values[static_cast<std::size_t>(i)];
    }
  }
}

}  // namespace sideband
