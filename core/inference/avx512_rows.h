// The work on rows of values, with AVX-512. Callers have made sure of the instructions.
#pragma once

#if defined(__x86_64__)

#include "core/inference/avx512_activations.h"
#include "core/inference/avx512_vectors.h"
#include "core/inference/row_kernels.h"

namespace sideband::avx512 {

extern const RowKernels kRowKernels;

// Layer norm and LeakyReLU of a row that is in registers, the lanes past its end zero.
template <int Vectors>
SIDEBAND_AVX512 inline void norm_leaky_relu(__m512* values, int size, const NormWeights& norm) {
  const __m512 one_of = _mm512_set1_ps(1.0F / static_cast<float>(size));
  __m512 sum = values[0];
#pragma GCC unroll 8
  for (int v = 1; v < Vectors; ++v) sum = _mm512_add_ps(sum, values[v]);
  const __m512 mean = _mm512_mul_ps(sum_of_lanes(sum), one_of);
  __m512 squares = _mm512_setzero_ps();
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    values[v] = _mm512_maskz_sub_ps(first_lanes(size - v * kLanes), values[v], mean);
    squares = _mm512_fmadd_ps(values[v], values[v], squares);
  }
  const __m512 variance =
      _mm512_fmadd_ps(sum_of_lanes(squares), one_of, _mm512_set1_ps(kNormEpsilon));
  const __m512 scale = reciprocal_root(variance);
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    const __mmask16 mask = first_lanes(size - v * kLanes);
    const __m512 weight = _mm512_maskz_loadu_ps(mask, norm.weight + v * kLanes);
    const __m512 bias = _mm512_maskz_loadu_ps(mask, norm.bias + v * kLanes);
    values[v] = leaky_relu(_mm512_fmadd_ps(_mm512_mul_ps(values[v], weight), scale, bias));
  }
}

}  // namespace sideband::avx512

#endif
