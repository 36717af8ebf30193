// The non-linear functions of the networks (activations.h) for vectors of 16 floats.
#pragma once

#if defined(__x86_64__)

#include <array>

#include "core/inference/avx512_vectors.h"
#include "core/inference/row_kernels.h"

namespace sideband::avx512 {

// e^−x within 4e-7 for −87 ≤ x ≤ 87, and at those ends beyond; what is not a number counts as the
// most negative one.
SIDEBAND_AVX512 inline __m512 exp_of_negative(__m512 x) {
  const __m512 most = _mm512_set1_ps(87.0F);
  x = _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(-87.0F)), most);
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(-1.44269504F)),
                                        _MM_FROUND_TO_NEAREST_INT);
  const __m512 r = _mm512_fnmsub_ps(n, _mm512_set1_ps(0.693147182F), x);  // |r| ≤ ln 2 / 2
  // The polynomial of degree 5 whose largest relative error is smallest, 8e-8; in pairs, because
  // every product waits for the one it takes in.
  const __m512 r2 = _mm512_mul_ps(r, r);
  const __m512 p45 =
      _mm512_fmadd_ps(r, _mm512_set1_ps(8.29764828e-3F), _mm512_set1_ps(4.19154316e-2F));
  const __m512 p23 = _mm512_fmadd_ps(r, _mm512_set1_ps(0.166675746F), _mm512_set1_ps(0.499988943F));
  const __m512 p01 = _mm512_fmadd_ps(r, _mm512_set1_ps(0.999999702F), _mm512_set1_ps(1.00000012F));
  const __m512 p = _mm512_fmadd_ps(_mm512_fmadd_ps(p45, r2, p23), r2, p01);
  return _mm512_scalef_ps(p, n);
}

SIDEBAND_AVX512 inline __m512 sigmoid(__m512 x) {
  return reciprocal(_mm512_add_ps(exp_of_negative(x), _mm512_set1_ps(1.0F)));
}

SIDEBAND_AVX512 inline __m512 tanh(__m512 x) {
  const __m512 two = _mm512_set1_ps(2.0F);
  return _mm512_fmsub_ps(two, sigmoid(_mm512_mul_ps(two, x)), _mm512_set1_ps(1.0F));
}

// 2 · 2^(−k ln 10), k = 0…31: what the exponent of 1 + e^−x leaves of exp_sigmoid(x). Vectors look
// such a table up in one instruction.
alignas(64) inline constexpr std::array<float, 32> kPowers{2.0F,
                                                           0.405399144F,
                                                           8.21742266e-2F,
                                                           1.66566800e-2F,
                                                           3.37630184e-3F,
                                                           6.84374943e-4F,
                                                           1.38722506e-4F,
                                                           2.81189914e-5F,
                                                           5.69970734e-6F,
                                                           1.15532816e-6F,
                                                           2.34184526e-7F,
                                                           4.74691007e-8F,
                                                           9.62196633e-9F,
                                                           1.95036831e-9F,
                                                           3.95338817e-10F,
                                                           8.01350097e-11F,
                                                           1.62433313e-11F,
                                                           3.29251622e-12F,
                                                           6.67391598e-13F,
                                                           1.35279984e-13F,
                                                           2.74211958e-14F,
                                                           5.55826450e-15F,
                                                           1.12665779e-15F,
                                                           2.28373053e-16F,
                                                           4.62911182e-17F,
                                                           9.38318945e-18F,
                                                           1.90196844e-18F,
                                                           3.85528178e-19F,
                                                           7.81463956e-20F,
                                                           1.58402405e-20F,
                                                           3.21080979e-21F,
                                                           0.0F};

// 2 · sigmoid(x)^ln 10 + 1e-7 = 2 · (1 + e^−x)^−ln 10 + 1e-7. With 1 + e^−x = 2^k (1 + t) that is
// kPowers[k] / (1 + t)^ln 10 + 1e-7, and the power is nearly a polynomial.
SIDEBAND_AVX512 inline __m512 exp_sigmoid(__m512 x) {
  const __m512 one = _mm512_set1_ps(1.0F);
  const __m512 u = _mm512_add_ps(exp_of_negative(x), one);
  const __m512 t = _mm512_sub_ps(_mm512_getmant_ps(u, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_zero), one);
  const __m512i exponent =
      _mm512_sub_epi32(_mm512_srli_epi32(_mm512_castps_si512(u), 23), _mm512_set1_epi32(127));
  const __m512i k = _mm512_min_epi32(exponent, _mm512_set1_epi32(31));
  const __m512 power = _mm512_permutex2var_ps(_mm512_load_ps(kPowers.data()), k,
                                              _mm512_load_ps(kPowers.data() + kLanes));
  // Largest relative error 2e-8.
  __m512 p = _mm512_fmadd_ps(t, _mm512_set1_ps(-1.04714814e-3F), _mm512_set1_ps(6.27916958e-3F));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-2.49811597e-2F));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.150867194F));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.49970901F));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(2.30258250F));
  p = _mm512_fmadd_ps(p, t, one);
  return _mm512_fmadd_ps(power, reciprocal(p), _mm512_set1_ps(1e-7F));
}

SIDEBAND_AVX512 inline __m512 leaky_relu(__m512 x) {
  return _mm512_max_ps(x, _mm512_mul_ps(x, _mm512_set1_ps(kLeakySlope)));
}

}  // namespace sideband::avx512

#endif
