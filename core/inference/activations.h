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

// e^x within 2 units in the last place for −87 ≤ x ≤ 87; beyond, the value at the bound.
inline FloatV simd_exp(FloatV x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;  // few bits, so that n · kLn2High is exact
  constexpr float kLn2Low = -2.12194440e-4F;
  constexpr float kRound = 12582912.0F;  // 1.5 · 2^23: adding it leaves no room for a fraction
  x = simd_min(simd_max(x, simd_splat(-87.0F)), simd_splat(87.0F));
  const FloatV n = (x * kLog2E + kRound) - kRound;
  const FloatV r = (x - n * kLn2High) - n * kLn2Low;  // |r| ≤ ln 2 / 2
  // Taylor to r^7: the first term left out is below 6e-9.
  FloatV p = r * (1.0F / 5040) + (1.0F / 720);
  p = p * r + (1.0F / 120);
  p = p * r + (1.0F / 24);
  p = p * r + (1.0F / 6);
  p = p * r + 0.5F;
  p = (p * r) * r + r + 1.0F;
  const IntV power = (__builtin_convertvector(n, IntV) + 127) << 23;
  return p * __builtin_bit_cast(FloatV, power);
}

inline FloatV simd_sigmoid(FloatV x) {
  return 1.0F / (1.0F + simd_exp(-simd_max(x, simd_splat(-87.0F))));
}

inline FloatV simd_tanh(FloatV x) {
  return 2.0F * simd_sigmoid(2.0F * x) - 1.0F;
}

// 2 · sigmoid(x)^ln 10 + 1e-7, the scaling of amplitudes and magnitudes: 0…2, about 0.4 at x = 0.
// Computed as 2 · exp(−ln 10 · ln(1 + e^−x)) + 1e-7.
inline FloatV simd_exp_sigmoid(FloatV x) {
  constexpr float kLn10 = 2.30258509F;
  x = simd_min(simd_max(x, simd_splat(-87.0F)), simd_splat(87.0F));
  const FloatV magnitude = x < 0.0F ? -x : x;
  const FloatV e = simd_exp(-magnitude);
  // ln(1 + e) = 2 artanh(z), z = e / (2 + e) ≤ 1/3; the first term left out is below 1e-8.
  const FloatV z = e / (2.0F + e);
  const FloatV z2 = z * z;
  FloatV s = z2 * (1.0F / 13) + (1.0F / 11);
  s = s * z2 + (1.0F / 9);
  s = s * z2 + (1.0F / 7);
  s = s * z2 + (1.0F / 5);
  s = s * z2 + (1.0F / 3);
  s = (s * z2) * z + z;
  const FloatV softplus = 2.0F * s + simd_max(-x, FloatV{});  // ln(1 + e^−x)
  return 2.0F * simd_exp(-kLn10 * softplus) + 1e-7F;
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
