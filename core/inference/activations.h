// The non-linear functions of the networks, from additions, multiplications and divisions alone:
// nearly the same bits everywhere (processors with AVX-512 have their own, avx512_activations.h),
// and finite for every input (what is not a number counts as the most negative one).
#pragma once

#include <cstddef>
#include <span>

#include "core/inference/exp_sigmoid.h"
#include "core/inference/row_kernels.h"
#include "core/util/simd.h"

namespace sideband {

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
  return one / (one + simd_exp_within(-simd_exp_argument(x)));
}

// Within 3e-7: x P(x²) / Q(x²), the rational function of these degrees whose largest error is
// smallest on −8…8; what is beyond counts as the bound. The factor that both have is the one with
// which their coefficients happen to be rounded best.
inline FloatV simd_tanh(FloatV x) {
  x = simd_min(simd_max(x, simd_constant(-8.0F)), simd_constant(8.0F));
  const FloatV y = x * x;
  const FloatV y2 = y * y;
  // c₀ + c₁ y + … + c₄ y⁴
  const auto polynomial = [y, y2](const float(&c)[5]) {
    const FloatV high = simd_multiply_add(
        simd_constant(c[4]), y2, simd_multiply_add(y, simd_constant(c[3]), simd_constant(c[2])));
    return simd_multiply_add(high, y2,
                             simd_multiply_add(y, simd_constant(c[1]), simd_constant(c[0])));
  };
  return x * polynomial({1.125F, 0.151179641F, 4.00967523e-3F, 2.44948951e-5F, 1.69445311e-8F}) /
         polynomial({1.125F, 0.526179492F, 2.9403016e-2F, 3.82407627e-4F, 9.51036668e-7F});
}

// sigmoid(x) within 2e-7, but not in relation to a small result, which a gate does not need: faster
// than with an exponential.
inline FloatV simd_gate_sigmoid(FloatV x) {
  const FloatV half = simd_constant(0.5F);
  return simd_multiply_add(half, simd_tanh(half * x), half);
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
