// A layer norm right where a kernel has the sums, before they are stored.
#pragma once

#include <cmath>

#include "core/inference/activations.h"
#include "core/inference/row_kernels.h"
#include "core/util/simd.h"

namespace sideband {

// The sum of values 0 … Count − 1, added up in pairs.
template <int Count>
inline FloatV sum_in_pairs(const FloatV* values) {
  if constexpr (Count == 1) {
    return values[0];
  } else {
    return sum_in_pairs<Count / 2>(values) + sum_in_pairs<Count - Count / 2>(values + Count / 2);
  }
}

// LeakyReLU(LayerNorm(values)) of a row of Vectors whole vectors.
template <int Vectors>
inline void norm_leaky_relu(FloatV* values, const NormWeights& norm) {
  constexpr float kOneOf = 1.0F / (Vectors * kSimdFloats);
  const FloatV mean = simd_splat(simd_sum(sum_in_pairs<Vectors>(values)) * kOneOf);
  FloatV squares[Vectors];
  for (int v = 0; v < Vectors; ++v) {
    values[v] -= mean;
    squares[v] = values[v] * values[v];
  }
  const float variance = simd_sum(sum_in_pairs<Vectors>(squares)) * kOneOf;
  const FloatV scale = simd_splat(1.0F / std::sqrt(variance + kNormEpsilon));
  for (int v = 0; v < Vectors; ++v) {
    const FloatV weighted = values[v] * simd_load(norm.weight + v * kSimdFloats);
    values[v] = simd_leaky_relu(weighted * scale + simd_load(norm.bias + v * kSimdFloats));
  }
}

}  // namespace sideband
