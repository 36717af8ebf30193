#include "core/inference/dense_layer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/util/half.h"

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

}  // namespace

void DenseLayer::prepare(const LayerTensors& tensors, const DenseShape& shape, Arena& arena,
                         const Kernels& kernels) {
  shape_ = shape;
  tensors_ = tensors;
  rows_done_ = 0;
  failed_ = false;
  const TensorView& weight = tensors.weight.tensor;
  const KernelLayout& layout = kernels.layout;
  const WeightKind kind = kind_of(weight.type, shape.width(), layout);
  const auto padded = static_cast<std::size_t>(padded_outputs(shape.outputs, layout));
  packed_ = {};
  if (!weight.packed) {
    packed_ = arena.take_raw<std::byte>(packed_bytes(kind, shape.width(), shape.outputs, layout) +
                                        kReadAheadBytes);
  }
  bias_ = arena.take<float>(padded);
  scale_ = {};  // the layer may have held other weights before
  row_sums_ = {};
  matrix_ = {.kernels = &kernels,
             .weights = weight.packed ? weight.data.data() : packed_.data(),
             .kind = kind,
             .bias = bias_.data(),
             .inputs = shape.width(),
             .outputs = shape.outputs};
  if (!is_integer(kind)) return;
  scale_ = arena.take<float>(padded);
  matrix_.scale = scale_.data();
  const int room = rounded_size(kind, shape.width(), layout);
  matrix_.rounded = arena.take<std::int16_t>(static_cast<std::size_t>(room)).data();
  if (kind != WeightKind::kI8 || !kernels.needs_row_sums) return;
  row_sums_ = arena.take<std::int32_t>(padded);
  matrix_.row_sums = row_sums_.data();
}

bool DenseLayer::load_step() noexcept {
  const int padded = padded_outputs(shape_.outputs, matrix_.kernels->layout);
  const int rows = std::max(1, kStepWeights / shape_.width());
  const int end = std::min(padded, rows_done_ + rows);
  for (; rows_done_ < end; ++rows_done_) pack_row(rows_done_);
  return rows_done_ < padded;
}

// Rows past the last output are the padding.
void DenseLayer::pack_row(int output) noexcept {
  const auto row = static_cast<std::size_t>(output);
  const bool exists = output < shape_.outputs;
  if (exists) bias_[row] = tensors_.bias_of(row);
  if (exists && matrix_.kind == WeightKind::kI8) scale_[row] = tensors_.scale_of(row);
  if (packed_.empty()) return;
  switch (matrix_.kind) {
    case WeightKind::kF32:
      if (tensors_.weight.tensor.type == DataType::kF16) {
        return pack_elements<std::uint16_t>(output, half_to_float);
      }
      return pack_elements<float>(output, [](float value) { return value; });
    case WeightKind::kF16:
      return pack_elements<std::uint16_t>(output, [](std::uint16_t half) { return half; });
    case WeightKind::kI16: {
      const float unit = exists ? unit_of_shorts(output) : 0;
      if (exists) scale_[row] = unit;
      const float per_unit = unit > 0 ? 1 / unit : 0;
      return pack_elements<std::uint16_t>(output, [per_unit](std::uint16_t half) {
        const float value = half_to_float(half) * per_unit;
        return static_cast<std::int16_t>(value < 0 ? value - 0.5F : value + 0.5F);
      });
    }
    case WeightKind::kI8:
      return pack_elements<std::int8_t>(output, [&](std::int8_t value) {
        if (!row_sums_.empty()) row_sums_[row] += value;
        return value;
      });
  }
}

// What the row's I16 weights count: as little as their largest and the sum of all allow; 0 where
// one is not finite.
float DenseLayer::unit_of_shorts(int output) const noexcept {
  const auto width = static_cast<std::size_t>(shape_.width());
  const std::byte* row =
      tensors_.weight.tensor.data.data() + static_cast<std::size_t>(output) * width * 2;
  float largest = 0;
  float sum = 0;
  for (std::size_t i = 0; i < width; ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, row + 2 * i, sizeof(half));
    if (!is_finite(half)) return 0;
    const float magnitude = half_to_float(half & 0x7FFFU);
    largest = std::max(largest, magnitude);
    sum += magnitude;
  }
  // Rounding adds half a unit to each at most.
  const float most = kLargestShortSum - 0.5F * static_cast<float>(width);
  return std::max(largest / kLargestShort, sum / most);
}

template <typename Element, typename Stored>
void DenseLayer::pack_elements(int output, Stored stored) noexcept {
  const int width = shape_.width();
  const KernelLayout& layout = matrix_.kernels->layout;
  const auto place = [&](int input) {
    return &packed_[packed_offset(matrix_.kind, width, shape_.outputs, output, input, layout)];
  };
  const decltype(stored(Element{})) zero{};
  const int first = output < shape_.outputs ? width : 0;
  for (int input = first; input < packed_inputs(matrix_.kind, width, layout); ++input) {
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
      const auto kept = stored(value);
      std::memcpy(place(tap * shape_.inputs + i), &kept, sizeof(kept));
    }
  }
  failed_ = failed_ || !finite;
}

}  // namespace sideband
