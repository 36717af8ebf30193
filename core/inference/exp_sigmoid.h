// 2 · sigmoid(x)^ln 10 + 1e-7, the scaling of amplitudes and magnitudes: 0…2, about 0.4 at x = 0.
//
// Two exponentials, a power and a division would take most of a small decoder's time. So the
// function is cubic between knots, sixteen to one: relatively within 3e-7 everywhere, by three
// products.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/util/simd.h"

namespace sideband {

struct ExpSigmoidTable {
  // Beyond these, nothing is left but 1e-7 or 2.
  static constexpr int kLowest = -14;
  static constexpr int kHighest = 16;
  static constexpr int kPerUnit = 16;  // a power of two: x · 16 is exact
  static constexpr int kKnots = (kHighest - kLowest) * kPerUnit + 1;

  // c₀…c₃ of c₀ + c₁ r + c₂ r² + c₃ r³ at r = 16 x − the knot's number, |r| ≤ ½.
  struct alignas(16) Cubic {
    std::array<float, 4> c;
  };
  std::array<Cubic, kKnots> knots;  // the first is kLowest's
};
extern const ExpSigmoidTable kExpSigmoidTable;

// What is not a number counts as the most negative one.
inline FloatV simd_exp_sigmoid(FloatV x) {
  using Table = ExpSigmoidTable;
  const FloatV lowest = simd_constant(static_cast<float>(Table::kLowest));
  const FloatV highest = simd_constant(static_cast<float>(Table::kHighest));
  x = simd_min(simd_max(x, lowest), highest) * simd_constant(Table::kPerUnit);
  // 1.5 · 2^23: adding it leaves no room for a fraction, and the low bits are the whole number.
  const FloatV round = simd_constant(12582912.0F);
  const FloatV shifted = x + round;
  const FloatV r = x - (shifted - round);
  static_assert(sizeof(Table::Cubic) == 1U << 4U);
  constexpr std::uint32_t kFirst = 0x4B400000 + Table::kLowest * Table::kPerUnit;
  const IntV offsets = __builtin_bit_cast(IntV, shifted) << 4;
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(&kExpSigmoidTable) - (kFirst << 4U);
  const auto [c0, c1, c2, c3] = simd_load_columns(start, offsets);
  return simd_multiply_add(simd_multiply_add(c3, r, c2), r * r, simd_multiply_add(c1, r, c0));
}

}  // namespace sideband
