// The non-linear functions of the networks, from additions, multiplications and divisions alone:
// nearly the same bits everywhere (processors with AVX-512 have their own, avx512_activations.h),
// and finite for every input (what is not a number counts as the most negative one).
#pragma once

#include <cstddef>
#include <span>

#include "core/inference/row_kernels.h"
#include "core/util/simd.h"

namespace sideband {

// c₀ + c₁ x + … + c₅ x⁵. In pairs, because every product waits for the one it takes in, and what is
// computed of the next vectors meanwhile is not enough to fill the time.
inline FloatV simd_polynomial(FloatV x, const float (&c)[6]) {
  const auto line = [&](int i) {
    return simd_multiply_add(x, simd_constant(c[i + 1]), simd_constant(c[i]));
  };
  const FloatV square = x * x;
  return simd_multiply_add(simd_multiply_add(line(4), square, line(2)), square, line(0));
}

// e^x within 3 units in the last place for −87 ≤ x ≤ 87, and only there.
inline FloatV simd_exp_within(FloatV x) {
  const FloatV log2_e = simd_constant(1.44269504F);
  // −ln 2 in two parts, the first of few bits, so that n times it is exact.
  const FloatV ln2_high = simd_constant(-0.693359375F);
  const FloatV ln2_low = simd_constant(2.12194440e-4F);
  // 1.5 · 2^23: adding it leaves no room for a fraction
  const FloatV round = simd_constant(12582912.0F);
  const FloatV shifted = simd_multiply_add(x, log2_e, round);
  const FloatV n = shifted - round;
  // |r| ≤ ln 2 / 2
  const FloatV r = simd_multiply_add(n, ln2_low, simd_multiply_add(n, ln2_high, x));
  // The polynomial of degree 5 whose largest relative error is smallest: 8e-8.
  const FloatV p = simd_polynomial(
      r, {1.00000012F, 0.999999702F, 0.499988943F, 0.166675746F, 4.19154316e-2F, 8.29764828e-3F});
  // The low bits of `shifted` are n, for which p's exponent has room.
  const IntV power = __builtin_bit_cast(IntV, shifted) << 23;
  return __builtin_bit_cast(FloatV, __builtin_bit_cast(IntV, p) + power);
}

// The nearest that e^x is computed for.
inline FloatV simd_exp_argument(FloatV x) {
  return simd_min(simd_max(x, simd_constant(-87.0F)), simd_constant(87.0F));
}

// The same of every x: beyond the bounds, the value there.
inline FloatV simd_exp(FloatV x) {
  return simd_exp_within(simd_exp_argument(x));
}

inline FloatV simd_sigmoid(FloatV x) {
  const FloatV one = simd_constant(1.0F);
  return one / (one + simd_exp(-simd_max(x, simd_constant(-87.0F))));
}

inline FloatV simd_tanh(FloatV x) {
  const FloatV two = simd_constant(2.0F);
  return two * simd_sigmoid(two * x) - simd_constant(1.0F);
}

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

// 2 · sigmoid(x)^ln 10 + 1e-7, the scaling of amplitudes and magnitudes: 0…2, about 0.4 at x = 0.
// Computed as 2 · 10^min(x, 0) / (1 + t)^ln 10 + 1e-7 with t = e^−|x|: the two exponentials do not
// wait for each other, and the power is nearly a polynomial.
inline FloatV simd_exp_sigmoid(FloatV x) {
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

inline FloatV simd_leaky_relu(FloatV x) {
  return simd_max(x, kLeakySlope * x);
}

// values[i] = function(values[i]).
template <typename Function>
inline void apply(std::span<float> values, Function function) {
  std::size_t i = 0;
  for (; i + kSimdFloats <= values.size(); i += kSimdFloats) {
    simd_store(&values[i], function(simd_load(&values[i])));
  }
  const std::size_t rest = values.size() - i;
  if (rest > 0) simd_store_first(&values[i], function(simd_load_first(&values[i], rest)), rest);
}

inline void sigmoid(std::span<float> values) {
  apply(values, simd_sigmoid);
}
inline void exp_sigmoid(std::span<float> values) {
  apply(values, simd_exp_sigmoid);
}
inline void leaky_relu(std::span<float> values) {
  apply(values, simd_leaky_relu);
}

}  // namespace sideband
