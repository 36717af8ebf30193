// 2 · sigmoid(x)^ln 10 + 1e-7, the scaling of amplitudes and magnitudes: 0…2, about 0.4 at x = 0.
//
// Two exponentials, a power and a division would take most of a small decoder's time. So the
// function is cubic between knots, sixteen to one, relatively within 4e-7 everywhere. On
// microcontrollers, which have no flash for 8 kB of knots, it is computed.
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

// 2^x for −126 ≤ x ≤ 126, and only there; its relative error grows with x, by 4e-8 for each unit.
inline FloatV simd_exp2_within(FloatV x) {
  const FloatV round = simd_constant(12582912.0F);
  const FloatV shifted = x + round;
  const FloatV r = x - (shifted - round);  // |r| ≤ ½
  const FloatV p = simd_polynomial(
      r, {1.00000012F, 0.693146944F, 0.240221187F, 5.55071346e-2F, 9.67556424e-3F, 1.32764492e-3F});
  const IntV power = __builtin_bit_cast(IntV, shifted) << 23;
  return __builtin_bit_cast(FloatV, __builtin_bit_cast(IntV, p) + power);
}

// Without a table, as 2 · 10^min(x, 0) / (1 + t)^ln 10 + 1e-7 with t = e^−|x|: the power is nearly
// a polynomial. What is not a number counts as the most negative one.
inline FloatV simd_exp_sigmoid_computed(FloatV x) {
  // Beyond, and long before, nothing is left but 1e-7 or 2.
  x = simd_min(simd_max(x, simd_constant(-37.0F)), simd_constant(37.0F));
  const FloatV zero{};
  const FloatV t = simd_exp2_within(simd_min(x, zero - x) * simd_constant(1.44269504F));
  const FloatV tens = simd_exp2_within(simd_min(x, zero) * simd_constant(3.32192809F));
  // Half of the power; the largest relative error is 2e-7.
  const FloatV p = simd_polynomial(t, {0.500000119F, 1.15128183F, 0.749991357F, 7.47494698e-2F,
                                       -1.10015310e-2F, 1.68419629e-3F});
  return tens / p + simd_constant(1e-7F);
}

#if defined(SIDEBAND_M_PROFILE)
inline FloatV simd_exp_sigmoid(FloatV x) {
  return simd_exp_sigmoid_computed(x);
}
inline FloatV simd_exp_sigmoid_at_knot(FloatV knot) {
  return simd_exp_sigmoid_computed(knot * simd_constant(1.0F / ExpSigmoidTable::kPerUnit));
}
#else
// Of knot / 16: a layer that is followed by the function can be that much larger for nothing.
inline FloatV simd_exp_sigmoid_at_knot(FloatV knot) {
  using Table = ExpSigmoidTable;
  const FloatV lowest = simd_constant(static_cast<float>(Table::kLowest * Table::kPerUnit));
  const FloatV highest = simd_constant(static_cast<float>(Table::kHighest * Table::kPerUnit));
  knot = simd_min(simd_max(knot, lowest), highest);
  // 1.5 · 2^23: adding it leaves no room for a fraction, and the low bits are the whole number.
  const FloatV round = simd_constant(12582912.0F);
  const FloatV shifted = knot + round;
  const FloatV r = knot - (shifted - round);
  static_assert(sizeof(Table::Cubic) == 1U << 4U);
  constexpr std::uint32_t kFirst = 0x4B400000 + Table::kLowest * Table::kPerUnit;
  const IntV offsets = __builtin_bit_cast(IntV, shifted) << 4;
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(&kExpSigmoidTable) - (kFirst << 4U);
  const auto [c0, c1, c2, c3] = simd_load_columns(start, offsets);
  return simd_multiply_add(simd_multiply_add(c3, r, c2), r * r, simd_multiply_add(c1, r, c0));
}

// What is not a number counts as the most negative one.
inline FloatV simd_exp_sigmoid(FloatV x) {
  return simd_exp_sigmoid_at_knot(x * simd_constant(ExpSigmoidTable::kPerUnit));
}
#endif

}  // namespace sideband
