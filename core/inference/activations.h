// The non-linear functions of the networks, from additions and multiplications alone: the same bits
// on every target, and finite for every input (what is not a number counts as the most negative
// one).
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "core/util/simd.h"

namespace sideband {

// e^x within 2 units in the last place for −87 ≤ x ≤ 87, and only there.
inline FloatV simd_exp_within(FloatV x) {
  const FloatV log2_e = simd_constant(1.44269504F);
  const FloatV ln2_high = simd_constant(0.693359375F);  // few bits, so that n · ln2_high is exact
  const FloatV ln2_low = simd_constant(-2.12194440e-4F);
  // 1.5 · 2^23: adding it leaves no room for a fraction
  const FloatV round = simd_constant(12582912.0F);
  const FloatV shifted = x * log2_e + round;
  const FloatV n = shifted - round;
  const FloatV r = (x - n * ln2_high) - n * ln2_low;  // |r| ≤ ln 2 / 2
  // 1 + r + r² q(r), where q of degree 4 makes the largest relative error smallest: 3e-9.
  FloatV q = r * simd_constant(1.38145406e-3F) + simd_constant(8.36874545e-3F);
  q = q * r + simd_constant(4.16683890e-2F);
  q = q * r + simd_constant(0.166665211F);
  q = q * r + simd_constant(0.49999994F);
  const FloatV p = (q * r) * r + r + simd_constant(1.0F);
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

// 2 · sigmoid(x)^ln 10 + 1e-7, the scaling of amplitudes and magnitudes: 0…2, about 0.4 at x = 0.
// Computed as 2 · exp(−ln 10 · ln(1 + e^−x)) + 1e-7.
inline FloatV simd_exp_sigmoid(FloatV x) {
  const FloatV two = simd_constant(2.0F);
  x = simd_exp_argument(x);
  const FloatV e = simd_exp_within(simd_min(x, -x));
  // ln(1 + e) = 2 artanh(z), z = e / (2 + e) ≤ 1/3; as z + z³ s(z²), off by 2e-9 at most.
  const FloatV z = e / (two + e);
  const FloatV z2 = z * z;
  FloatV s = z2 * simd_constant(0.142146230F) + simd_constant(0.139532670F);
  s = s * z2 + simd_constant(0.200141475F);
  s = s * z2 + simd_constant(0.333331347F);
  s = (s * z2) * z + z;
  const FloatV softplus = two * s + simd_max(-x, FloatV{});  // ln(1 + e^−x)
  const FloatV exponent = simd_constant(-2.30258509F) * softplus;
  return two * simd_exp_within(simd_max(exponent, simd_constant(-87.0F))) + simd_constant(1e-7F);
}

inline FloatV simd_leaky_relu(FloatV x) {
  return x > 0.0F ? x : 0.01F * x;
}

// values[i] = function(values[i]).
template <typename Function>
inline void apply(std::span<float> values, Function function) {
  std::size_t i = 0;
  for (; i + kSimdFloats <= values.size(); i += kSimdFloats) {
    simd_store(&values[i], function(simd_load(&values[i])));
  }
  if (i == values.size()) return;
  std::array<float, kSimdFloats> tail{};
  std::memcpy(tail.data(), &values[i], (values.size() - i) * sizeof(float));
  simd_store(tail.data(), function(simd_load(tail.data())));
  std::memcpy(&values[i], tail.data(), (values.size() - i) * sizeof(float));
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
