// A frame's inputs as integers for matrices of integers (rounded_inputs.h), with AVX-512.
#pragma once

#if defined(__x86_64__)

#include <cstdint>
#include <span>

#include "core/inference/avx512_vectors.h"
#include "core/inference/kernels.h"

namespace sideband::avx512 {

// The largest magnitude, or 0 of a frame that is as good as silent or not finite.
SIDEBAND_AVX512 inline float peak_of(std::span<const float> x) {
  const int count = static_cast<int>(x.size());
  // As integers, magnitudes compare as they do as floats; what is not finite is larger than all
  // others.
  __m512i peaks = _mm512_setzero_si512();
  const __m512i magnitude = _mm512_set1_epi32(0x7FFFFFFF);
  for (int i = 0; i < count; i += kLanes) {
    const __m512i bits =
        _mm512_castps_si512(_mm512_maskz_loadu_ps(first_lanes(count - i), x.data() + i));
    peaks = _mm512_max_epi32(peaks, _mm512_and_si512(bits, magnitude));
  }
  const float peak = __builtin_bit_cast(float, _mm512_reduce_max_epi32(peaks));
  constexpr float kSmallest = 1e-30F;
  return peak >= kSmallest && peak <= 3.402823466e38F ? peak : 0;
}

// x[i] · per_unit to nearest, plus `raised`; 0 of what is missing or where per_unit is 0.
SIDEBAND_AVX512 inline __m512i rounded(std::span<const float> x, int i, float per_unit,
                                       int raised) {
  const int count = per_unit > 0 ? static_cast<int>(x.size()) - i : 0;
  const __m512 value = _mm512_maskz_loadu_ps(first_lanes(count), x.data() + i);
  const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(value, _mm512_set1_ps(per_unit)));
  return _mm512_add_epi32(whole, _mm512_set1_epi32(raised));
}

// As round_inputs(), but the high bytes of all and then the low bytes of all, 2^15 added.
SIDEBAND_AVX512 inline float round_to_bytes(std::span<const float> x, float most, int padded,
                                            std::uint8_t* bytes) {
  const float peak = peak_of(x);
  const float per_unit = peak > 0 ? most / peak : 0;
  for (int i = 0; i < padded; i += kLanes) {
    const __mmask16 mask = first_lanes(padded - i);
    const __m512i raised = rounded(x, i, per_unit, 32768);
    _mm512_mask_cvtepi32_storeu_epi8(bytes + i, mask, _mm512_srli_epi32(raised, 8));
    _mm512_mask_cvtepi32_storeu_epi8(bytes + padded + i, mask, raised);
  }
  return peak / most;
}

SIDEBAND_AVX512 inline float round_to_shorts(std::span<const float> x, int padded,
                                             std::int16_t* parts) {
  constexpr auto kMost = static_cast<float>(kLargestInParts);
  constexpr int kHalfPart = 1 << (kPartBits - 1);
  const float peak = peak_of(x);
  const float per_unit = peak > 0 ? kMost / peak : 0;
  for (int i = 0; i < padded; i += kLanes) {
    const __mmask16 mask = first_lanes(padded - i);
    const __m512i raised = rounded(x, i, per_unit, kHalfPart);
    const __m512i low = _mm512_and_si512(raised, _mm512_set1_epi32(2 * kHalfPart - 1));
    _mm512_mask_cvtepi32_storeu_epi16(parts + i, mask, _mm512_srai_epi32(raised, kPartBits));
    _mm512_mask_cvtepi32_storeu_epi16(parts + padded + i, mask,
                                      _mm512_sub_epi32(low, _mm512_set1_epi32(kHalfPart)));
  }
  return peak / kMost;
}

}  // namespace sideband::avx512

#endif
