// What the files for AVX-512 share: vectors of 16 floats, for programs that may run on other
// processors too. Only functions marked so use the instructions; what they call from other headers
// is compiled as ever.
#pragma once

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own header leaves operands open that its instructions do not read (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#define SIDEBAND_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")))

namespace sideband::avx512 {

inline constexpr int kLanes = 16;

// The first `rest` lanes, or all.
inline __mmask16 first_lanes(int rest) {
  return static_cast<__mmask16>(rest >= kLanes ? 0xFFFF : (1 << (rest > 0 ? rest : 0)) - 1);
}

// In every lane the sum of all.
SIDEBAND_AVX512 inline __m512 sum_of_lanes(__m512 v) {
  v = _mm512_add_ps(v, _mm512_shuffle_f32x4(v, v, 0x4E));
  v = _mm512_add_ps(v, _mm512_shuffle_f32x4(v, v, 0xB1));
  v = _mm512_add_ps(v, _mm512_permute_ps(v, 0x4E));
  return _mm512_add_ps(v, _mm512_permute_ps(v, 0xB1));
}

// 1 / x within a unit in the last place or two: the processor's estimate of 14 bits and one step of
// Newton's, which is much faster than a division.
SIDEBAND_AVX512 inline __m512 reciprocal(__m512 x) {
  const __m512 y = _mm512_rcp14_ps(x);
  return _mm512_mul_ps(y, _mm512_fnmadd_ps(x, y, _mm512_set1_ps(2.0F)));
}

// The same of 1 / √x.
SIDEBAND_AVX512 inline __m512 reciprocal_root(__m512 x) {
  const __m512 y = _mm512_rsqrt14_ps(x);
  const __m512 half = _mm512_mul_ps(_mm512_mul_ps(x, _mm512_set1_ps(0.5F)), y);
  return _mm512_mul_ps(y, _mm512_fnmadd_ps(half, y, _mm512_set1_ps(1.5F)));
}

}  // namespace sideband::avx512

#endif
