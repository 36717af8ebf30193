#include "core/inference/dense_layer.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/inference/nonzero_inputs.h"
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
  const WeightKind kind =
      kind_of(weight.type, shape.width(), shape.outputs, layout, shape.rectified);
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
  if (kSkipsZeros && shape.rectified && !is_integer(kind)) {
    matrix_.nonzero = arena.take_raw<std::uint16_t>(nonzero_room(shape.width())).data();
  }
  if (!is_integer(kind)) return;
  const auto scales = static_cast<std::size_t>(scales_per_row(kind, shape.width()));
  scale_ = arena.take<float>(padded * scales);
  matrix_.scale = scale_.data();
  const int room = rounded_size(kind, shape.width(), layout);
  matrix_.rounded = arena.take<std::int16_t>(static_cast<std::size_t>(room)).data();
  if (kind != WeightKind::kI8 || !kernels.needs_row_sums) return;
  row_sums_ = arena.take<std::int32_t>(padded);
  matrix_.row_sums = row_sums_.data();
}

bool DenseLayer::load_step() noexcept {
  const int all = packed_outputs(matrix_.kind, shape_.outputs, matrix_.kernels->layout);
  const int rows = std::max(1, kStepWeights / shape_.width());
  const int end = std::min(all, rows_done_ + rows);
  for (; rows_done_ < end; ++rows_done_) pack_row(rows_done_);
  return rows_done_ < all;
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
        return pack_elements<std::uint16_t>(
            output, [](std::uint16_t half, int) { return half_to_float(half); });
      }
      return pack_elements<float>(output, [](float value, int) { return value; });
    case WeightKind::kF16:
      return pack_elements<std::uint16_t>(output, [](std::uint16_t half, int) { return half; });
    case WeightKind::kI16: {
      if (exists) find_units(output);
      const auto padded =
          static_cast<std::size_t>(padded_outputs(shape_.outputs, matrix_.kernels->layout));
      float per_unit = 0;
      return pack_elements<std::uint16_t>(output, [&](std::uint16_t half, int position) {
        if (position % kChunk == 0) {
          const float unit = scale_[static_cast<std::size_t>(position / kChunk) * padded + row];
          per_unit = unit > 0 ? 1 / unit : 0;  // exact: a power of two
        }
        // 0 where the chunk has what is not finite
        const float value = per_unit > 0 ? half_to_float(half) * per_unit : 0;
        return static_cast<std::int16_t>(value + std::copysign(0.5F, value));
      });
    }
    case WeightKind::kI8: {
      const KernelLayout& layout = matrix_.kernels->layout;
      const bool raised = layout.paired_bytes && is_low_byte(output, layout);
      return pack_elements<std::int8_t>(output, [&](std::int8_t value, int) {
        if (!row_sums_.empty()) row_sums_[row] += value;
        return static_cast<std::int8_t>(raised ? value + kRaised : value);
      });
    }
  }
}

// What the I16 weights of every chunk of the row count: the least power of two that their largest
// allows. 0 where one is not finite.
void DenseLayer::find_units(int output) noexcept {
  const int width = shape_.width();
  const std::byte* row = tensors_.weight.tensor.data.data() +
                         static_cast<std::size_t>(output) * static_cast<std::size_t>(width) * 2;
  const auto padded =
      static_cast<std::size_t>(padded_outputs(shape_.outputs, matrix_.kernels->layout));
  float* unit = &scale_[static_cast<std::size_t>(output)];
  for (int begin = 0; begin < width; begin += kChunk, unit += padded) {
    unsigned largest = 0;  // magnitudes compare as they do as floats
    for (int position = begin; position < std::min(width, begin + kChunk); ++position) {
      std::uint16_t half = 0;
      const int tap = position / shape_.inputs;
      const int input = position - tap * shape_.inputs;
      std::memcpy(&half, row + 2 * (input * shape_.taps + tap), sizeof(half));
      largest = std::max(largest, half & 0x7FFFU);
    }
    if (largest == 0 || largest >= 0x7C00U) continue;
    const float least = half_to_float(static_cast<std::uint16_t>(largest)) / kLargestShort;
    constexpr std::uint32_t kFraction = 0x7FFFFF;
    const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, least) + kFraction;
    *unit = __builtin_bit_cast(float, bits & ~kFraction);
  }
}

template <typename Element, typename Stored>
void DenseLayer::pack_elements(int output, Stored stored) noexcept {
  const int width = shape_.width();
  const KernelLayout& layout = matrix_.kernels->layout;
  const PackedRow place = packed_row(matrix_.kind, width, shape_.outputs, output, layout);
  const decltype(stored(Element{}, 0)) zero{};
  const int first = output < shape_.outputs ? width : 0;
  for (int input = first; input < packed_inputs(matrix_.kind, width, layout); ++input) {
    std::memcpy(&packed_[place.offset(input)], &zero, sizeof(zero));
  }
  if (first == 0) return;
  const std::byte* row = tensors_.weight.tensor.data.data() + static_cast<std::size_t>(output) *
                                                                  static_cast<std::size_t>(width) *
                                                                  sizeof(Element);
  bool finite = true;
  // In the file the taps of one input lie side by side; here the inputs of one tap do.
  int position = 0;
  for (int tap = 0; tap < shape_.taps; ++tap) {
    const std::byte* from = row + static_cast<std::size_t>(tap) * sizeof(Element);
    for (int input = 0; input < shape_.inputs; ++input, ++position) {
      Element value{};
      std::memcpy(&value, from, sizeof(value));
      from += static_cast<std::size_t>(shape_.taps) * sizeof(Element);
      finite = finite && is_finite(value);
      const auto kept = stored(value, position);
      std::memcpy(&packed_[place.offset(position)], &kept, sizeof(kept));
    }
  }
  failed_ = failed_ || !finite;
}

}  // namespace sideband
