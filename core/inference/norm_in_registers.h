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

// LeakyReLU(LayerNorm(values)) of a row of Vectors whole vectors. Mean and variance are of the
// distances from the first value, so that neither sum waits for the other; that value is at most
// √size deviations from the mean, so the difference of squares loses little.
template <int Vectors>
inline void norm_leaky_relu(FloatV* values, const NormWeights& norm) {
  constexpr float kOneOf = 1.0F / (Vectors * kSimdFloats);
  const FloatV first = simd_splat(values[0][0]);
  FloatV squares[Vectors];
  for (int v = 0; v < Vectors; ++v) {
    values[v] -= first;
    squares[v] = values[v] * values[v];
  }
  const float mean = simd_sum(sum_in_pairs<Vectors>(values)) * kOneOf;
  const float mean_square = simd_sum(sum_in_pairs<Vectors>(squares)) * kOneOf;
  const FloatV center = simd_splat(mean);
  const FloatV scale = simd_splat(1.0F / std::sqrt(mean_square - mean * mean + kNormEpsilon));
  for (int v = 0; v < Vectors; ++v) {
    const FloatV weighted = (values[v] - center) * simd_load(norm.weight + v * kSimdFloats);
    values[v] = simd_leaky_relu(weighted * scale + simd_load(norm.bias + v * kSimdFloats));
  }
}

}  // namespace sideband
