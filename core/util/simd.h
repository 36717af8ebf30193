// Vectors of floats, as wide as the target's registers, in the compiler's portable vector
// extension: AVX-512, AVX2, SSE, NEON and WASM SIMD128 from one source; on a target without SIMD
// four scalars stand in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#include "core/util/half.h"

// A microcontroller with a floating-point unit and the DSP instructions, but no vectors.
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && defined(__ARM_FEATURE_SIMD32)
#define SIDEBAND_M_PROFILE 1
#endif

namespace sideband {

#if defined(__AVX512F__)
inline constexpr int kSimdFloats = 16;
#elif defined(__AVX2__)
inline constexpr int kSimdFloats = 8;
#else
inline constexpr int kSimdFloats = 4;
#endif

using FloatV = float __attribute__((vector_size(kSimdFloats * 4)));
using IntV = std::int32_t __attribute__((vector_size(kSimdFloats * 4)));

inline FloatV simd_load(const float* from) {
  FloatV v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

inline void simd_store(float* to, FloatV v) {
  std::memcpy(to, &v, sizeof(v));
}

// The first `count` ≤ kSimdFloats values from there, then zeros.
inline FloatV simd_load_first(const float* from, std::size_t count) {
  FloatV v{};
  std::memcpy(&v, from, count * sizeof(float));
  return v;
}

// The first `count` lanes.
inline void simd_store_first(float* to, FloatV v, std::size_t count) {
  std::memcpy(to, &v, count * sizeof(float));
}

inline FloatV simd_splat(float x) {
  return x - FloatV{};
}

// The same for a constant in a loop. Engines for WASM put a vector that they know together anew
// wherever it is used, in several instructions; this one they do not know.
inline FloatV simd_constant(float x) {
#if defined(__wasm_simd128__)
  asm("" : "+r"(x));
#endif
  return simd_splat(x);
}

#if (defined(__FMA__) && defined(__AVX2__)) || (defined(__ARM_FEATURE_FMA) && defined(__ARM_NEON))
inline constexpr bool kHasMultiplyAdd = true;
#else
inline constexpr bool kHasMultiplyAdd = false;
#endif

// a · b + c, rounded once where the target has the instruction and twice where it has not.
inline FloatV simd_multiply_add(FloatV a, FloatV b, FloatV c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__FMA__) && defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__ARM_FEATURE_FMA) && defined(__ARM_NEON)
  return (FloatV)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
  return a * b + c;
#endif
}

// c₀ + c₁ x + … + c₅ x⁵. In pairs, because every product waits for the one it takes in, and what is
// computed of the next vectors meanwhile is not enough to fill the time.
inline FloatV simd_polynomial(FloatV x, const float (&c)[6]) {
  const auto line = [&](int i) {
    return simd_multiply_add(x, simd_constant(c[i + 1]), simd_constant(c[i]));
  };
  const FloatV square = x * x;
  return simd_multiply_add(simd_multiply_add(line(4), square, line(2)), square, line(0));
}

// 16-bit integers to floats.
inline FloatV simd_load_shorts(const std::int16_t* from) {
#if defined(__wasm_simd128__)
  return (FloatV)wasm_f32x4_convert_i32x4(wasm_i32x4_load16x4(from));
#else
  std::int16_t __attribute__((vector_size(kSimdFloats * 2))) shorts;
  std::memcpy(&shorts, from, sizeof(shorts));
  return __builtin_convertvector(shorts, FloatV);
#endif
}

// Half precision to float, exactly.
inline FloatV simd_load_half(const std::uint16_t* from) {
#if defined(__AVX512F__)
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
#elif defined(__F16C__) && defined(__AVX2__)
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#elif defined(__ARM_NEON) && defined(__ARM_FP16_FORMAT_IEEE)
  return (FloatV)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from)));
#else
  FloatV v;
  for (int i = 0; i < kSimdFloats; ++i) v[i] = half_to_float(from[i]);
  return v;
#endif
}

// The sum of the lanes, added up in pairs.
inline float simd_sum(FloatV v) {
#if defined(__AVX512F__)
  const __m512 w = _mm512_add_ps(v, _mm512_shuffle_f32x4(v, v, 0x4E));
  const __m256 half = _mm512_castps512_ps256(_mm512_add_ps(w, _mm512_shuffle_f32x4(w, w, 0xB1)));
  const __m128 four = _mm256_castps256_ps128(half);
#elif defined(__AVX2__)
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
#endif
#if defined(__AVX2__)
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
#elif defined(__wasm_simd128__)
  const FloatV two = v + (FloatV)wasm_i32x4_shuffle((v128_t)v, (v128_t)v, 2, 3, 0, 1);
  return two[0] + two[1];
#else
  float lane[kSimdFloats];
  std::memcpy(lane, &v, sizeof(lane));
  for (int half = kSimdFloats / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) lane[i] += lane[half + i];
  }
  return lane[0];
#endif
}

// The larger of each pair; `b` where `a` is not a number. One instruction that compilers do not
// find by themselves.
inline FloatV simd_max(FloatV a, FloatV b) {
#if defined(__AVX512F__)
  return _mm512_max_ps(a, b);
#elif defined(__AVX2__)
  return _mm256_max_ps(a, b);
#elif defined(__wasm_simd128__)
  return (FloatV)wasm_f32x4_pmax((v128_t)b, (v128_t)a);
#else
  return a > b ? a : b;
#endif
}

// The smaller of each pair; `b` where `a` is not a number.
inline FloatV simd_min(FloatV a, FloatV b) {
#if defined(__AVX512F__)
  return _mm512_min_ps(a, b);
#elif defined(__AVX2__)
  return _mm256_min_ps(a, b);
#elif defined(__wasm_simd128__)
  return (FloatV)wasm_f32x4_pmin((v128_t)b, (v128_t)a);
#else
  return a < b ? a : b;
#endif
}

// Four values for every lane, from start + its offset (in bytes, without a sign) on, transposed:
// all first ones, all second ones …
inline std::array<FloatV, 4> simd_load_columns(std::uintptr_t start, IntV offsets) {
  using Four = float __attribute__((vector_size(16)));
  using Pairs = std::uint64_t __attribute__((vector_size(kSimdFloats * 4)));
  // Two lanes at a time leave the vector's registers, which takes longer than to part them there.
  const auto pairs = __builtin_bit_cast(Pairs, offsets);
  const auto load = [start, &pairs](int lane) {
    const std::uint64_t pair = pairs[lane / 2];
    const auto offset = static_cast<std::uint32_t>(lane % 2 == 0 ? pair : pair >> 32U);
    Four four;
    std::memcpy(&four, reinterpret_cast<const void*>(start + offset), sizeof(four));
    return four;
  };
#if defined(__AVX512F__)
  std::array<FloatV, 4> columns;
  for (int lane = 0; lane < kSimdFloats; ++lane) {
    const Four four = load(lane);
    for (int c = 0; c < 4; ++c) columns[static_cast<std::size_t>(c)][lane] = four[c];
  }
  return columns;
#elif defined(__AVX2__)
  // Instructions mix values within halves of a vector only.
  const auto both = [&load](int lane) -> FloatV {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(load(lane)), load(lane + 4), 1);
  };
  const FloatV a = both(0);
  const FloatV b = both(1);
  const FloatV c = both(2);
  const FloatV d = both(3);
  const FloatV ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
  const FloatV cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
  const FloatV ab_high = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
  const FloatV cd_high = __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
  return {__builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13),
          __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15),
          __builtin_shufflevector(ab_high, cd_high, 0, 1, 8, 9, 4, 5, 12, 13),
          __builtin_shufflevector(ab_high, cd_high, 2, 3, 10, 11, 6, 7, 14, 15)};
#else
  const FloatV a = load(0);
  const FloatV b = load(1);
  const FloatV c = load(2);
  const FloatV d = load(3);
  const FloatV ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const FloatV cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const FloatV ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const FloatV cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return {__builtin_shufflevector(ab, cd, 0, 1, 4, 5), __builtin_shufflevector(ab, cd, 2, 3, 6, 7),
          __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
          __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
#endif
}

}  // namespace sideband
