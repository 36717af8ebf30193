// The work on rows of values, with AVX-512. Callers have made sure of the instructions.
#pragma once

#if defined(__x86_64__)

#include "core/inference/avx512_activations.h"
#include "core/inference/avx512_vectors.h"
#include "core/inference/row_kernels.h"

namespace sideband::avx512 {

extern const RowKernels kRowKernels;

// Layer norm and LeakyReLU of a row that is in registers, the lanes past its end zero. Mean and
// variance are of the distances from the first value, so that neither sum waits for the other; that
// value is at most √size deviations from the mean, so the difference of squares loses little.
template <int Vectors>
SIDEBAND_AVX512 inline void norm_leaky_relu(__m512* values, int size, const NormWeights& norm) {
  const __m512 one_of = _mm512_set1_ps(1.0F / static_cast<float>(size));
  const __m512 first = _mm512_broadcastss_ps(_mm512_castps512_ps128(values[0]));
  __m512 sum = _mm512_setzero_ps();
  __m512 squares = _mm512_setzero_ps();
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    values[v] = _mm512_maskz_sub_ps(first_lanes(size - v * kLanes), values[v], first);
    sum = _mm512_add_ps(sum, values[v]);
    squares = _mm512_fmadd_ps(values[v], values[v], squares);
  }
  const __m512 mean = _mm512_mul_ps(sum_of_lanes(sum), one_of);
  const __m512 mean_square =
      _mm512_fmadd_ps(sum_of_lanes(squares), one_of, _mm512_set1_ps(kNormEpsilon));
  const __m512 variance = _mm512_fnmadd_ps(mean, mean, mean_square);
  // 1 / √variance as in reciprocal_root(), and the LeakyReLU's two branches from their own
  // products: what is multiplied side by side is waited for once.
  const __m512 estimate = _mm512_rsqrt14_ps(variance);
  const __m512 half = _mm512_mul_ps(variance, _mm512_set1_ps(0.5F));
  const __m512 correction =
      _mm512_fnmadd_ps(half, _mm512_mul_ps(estimate, estimate), _mm512_set1_ps(1.5F));
  const __m512 slope = _mm512_set1_ps(kLeakySlope);
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    const __mmask16 mask = first_lanes(size - v * kLanes);
    const __m512 weight = _mm512_maskz_loadu_ps(mask, norm.weight + v * kLanes);
    const __m512 bias = _mm512_maskz_loadu_ps(mask, norm.bias + v * kLanes);
    const __m512 weighted = _mm512_mul_ps(_mm512_sub_ps(values[v], mean), weight);
    const __m512 scaled = _mm512_mul_ps(weighted, estimate);
    values[v] = _mm512_max_ps(
        _mm512_fmadd_ps(scaled, correction, bias),
        _mm512_fmadd_ps(_mm512_mul_ps(scaled, slope), correction, _mm512_mul_ps(bias, slope)));
  }
}

}  // namespace sideband::avx512

#endif
