#include "core/inference/tabulated_function.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/inference/rounded_inputs.h"
#include "core/util/simd.h"

namespace sideband {

void TabulatedFunction::prepare(const Knots& knots, std::size_t width, Arena& arena) {
  knots_ = knots;
  last_ = knots.count() - 1;
  width_ = width;
  const auto count = static_cast<std::size_t>(knots.count());
  rows_ = arena.take_raw<std::int16_t>(count * width);
  unit_ = arena.take<float>(count);
}

void TabulatedFunction::set(int knot, std::span<const float> values) noexcept {
  constexpr float kLargest = std::numeric_limits<std::int16_t>::max();
  unit_[static_cast<std::size_t>(knot)] = round_inputs(values, kLargest, {row(knot), width_});
}

void TabulatedFunction::set_row(int knot, const std::byte* integers, float unit) noexcept {
  std::memcpy(row(knot), integers, width_ * sizeof(std::int16_t));
  unit_[static_cast<std::size_t>(knot)] = unit;
}

void TabulatedFunction::add(float x, std::span<float> values) const noexcept {
  const float place = knots_.place(x);
  const int before = std::min(static_cast<int>(place), last_ - 1);
  const float way = place - static_cast<float>(before);
  const float* unit = &unit_[static_cast<std::size_t>(before)];
  const float left_unit = (1 - way) * unit[0];
  const float right_unit = way * unit[1];
  const std::int16_t* left = row(before);
  const std::int16_t* right = row(before + 1);
  const FloatV left_units = simd_splat(left_unit);
  const FloatV right_units = simd_splat(right_unit);
  std::size_t i = 0;
  for (; i + kSimdFloats <= width_; i += kSimdFloats) {
    const FloatV sum =
        simd_load_shorts(left + i) * left_units + simd_load_shorts(right + i) * right_units;
    simd_store(&values[i], simd_load(&values[i]) + sum);
  }
  for (; i < width_; ++i) {
    values[i] +=
        static_cast<float>(left[i]) * left_unit + static_cast<float>(right[i]) * right_unit;
  }
}

}  // namespace sideband
