#include "core/inference/dense_layer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace sideband {
namespace {

bool is_finite(float value) {
  return (__builtin_bit_cast(std::uint32_t, value) & 0x7F800000U) != 0x7F800000U;
}
bool is_finite(std::uint16_t half) {
  return (half & 0x7C00U) != 0x7C00U;
}
bool is_finite(std::int8_t) {
  return true;
}

float storable(float value) {
  return value;
}
std::uint16_t storable(std::uint16_t half) {
  return simd_storable_half(half);
}
std::int8_t storable(std::int8_t value) {
  return value;
}

}  // namespace

void DenseLayer::prepare(const LayerTensors& tensors, const DenseShape& shape, Arena& arena) {
  shape_ = shape;
  tensors_ = tensors;
  rows_done_ = 0;
  failed_ = false;
  const TensorView& weight = tensors.weight.tensor;
  const auto padded = static_cast<std::size_t>(padded_outputs(shape.outputs));
  packed_ = {};
  if (!weight.packed) {
    packed_ = arena.take_raw<std::byte>(packed_bytes(weight.type, shape.width(), shape.outputs) +
                                        kReadAheadBytes);
  }
  bias_ = arena.take<float>(padded);
  scale_ = {};  // the layer may have held I8 weights before
  matrix_ = {.weights = weight.packed ? weight.data.data() : packed_.data(),
             .type = weight.type,
             .bias = bias_.data(),
             .inputs = shape.width(),
             .outputs = shape.outputs};
  if (weight.type == DataType::kI8) {
    scale_ = arena.take<float>(padded);
    matrix_.scale = scale_.data();
    const int inputs = packed_inputs(weight.type, shape.width());
    matrix_.rounded = arena.take<std::int16_t>(static_cast<std::size_t>(inputs)).data();
  }
}

bool DenseLayer::load_step() noexcept {
  const int padded = padded_outputs(shape_.outputs);
  const int rows = std::max(1, kStepWeights / shape_.width());
  const int end = std::min(padded, rows_done_ + rows);
  for (; rows_done_ < end; ++rows_done_) pack_row(rows_done_);
  return rows_done_ < padded;
}

// Rows past the last output are the padding.
void DenseLayer::pack_row(int output) noexcept {
  const auto row = static_cast<std::size_t>(output);
  if (output < shape_.outputs) {
    bias_[row] = tensors_.bias_of(row);
    if (!scale_.empty()) scale_[row] = tensors_.scale_of(row);
  }
  if (packed_.empty()) return;
  switch (matrix_.type) {
    case DataType::kF32:
      return pack_elements<float>(output);
    case DataType::kF16:
      return pack_elements<std::uint16_t>(output);
    case DataType::kI8:
      return pack_elements<std::int8_t>(output);
  }
}

template <typename Element>
void DenseLayer::pack_elements(int output) noexcept {
  const int width = shape_.width();
  const auto place = [&](int input) {
    return &packed_[packed_offset(matrix_.type, width, shape_.outputs, output, input)];
  };
  const Element zero{};
  const int first = output < shape_.outputs ? width : 0;
  for (int input = first; input < packed_inputs(matrix_.type, width); ++input) {
    std::memcpy(place(input), &zero, sizeof(zero));
  }
  if (first == 0) return;
  // In the file the taps of one input lie side by side; here the inputs of one tap do.
  const std::byte* row = tensors_.weight.tensor.data.data() + static_cast<std::size_t>(output) *
                                                                  static_cast<std::size_t>(width) *
                                                                  sizeof(Element);
  bool finite = true;
  for (int tap = 0; tap < shape_.taps; ++tap) {
    for (int i = 0; i < shape_.inputs; ++i) {
      Element value{};
      std::memcpy(&value, row + static_cast<std::size_t>(i * shape_.taps + tap) * sizeof(Element),
                  sizeof(value));
      finite = finite && is_finite(value);
      value = storable(value);
      std::memcpy(place(tap * shape_.inputs + i), &value, sizeof(value));
    }
  }
  failed_ = failed_ || !finite;
}

}  // namespace sideband
