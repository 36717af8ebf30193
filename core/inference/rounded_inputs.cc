#include "core/inference/rounded_inputs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/inference/kernels.h"
#include "core/util/simd.h"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace sideband {
namespace {

constexpr float kRound = 12582912.0F;  // 1.5 · 2^23: adding it leaves no room for a fraction

// The largest magnitude, or 0 of a frame that is as good as silent or not finite.
float peak_of(std::span<const float> x) {
  // As integers, magnitudes compare as they do as floats, and cheaply everywhere; what is not
  // finite is larger than all others.
  std::uint32_t peak_bits = 0;
#pragma GCC unroll 8
  for (const float value : x) {
    const std::uint32_t magnitude = __builtin_bit_cast(std::uint32_t, value) & 0x7FFFFFFFU;
    peak_bits = std::max(peak_bits, magnitude);
  }
  const auto peak = __builtin_bit_cast(float, peak_bits);
  constexpr float kSmallest = 1e-30F;
  return peak >= kSmallest && peak <= std::numeric_limits<float>::max() ? peak : 0;
}

#if !defined(SIDEBAND_M_PROFILE)

using Shorts = std::int16_t __attribute__((vector_size(4 * kSimdFloats)));

// Both in 16 bits, one after the other.
inline Shorts narrow(IntV a, IntV b) {
#if defined(__AVX2__) && !defined(__AVX512F__)
  const __m256i packed = _mm256_packs_epi32((__m256i)a, (__m256i)b);
  return (Shorts)_mm256_permute4x64_epi64(packed, 0xD8);
#elif defined(__SSE2__) && !defined(__AVX512F__)
  return (Shorts)_mm_packs_epi32((__m128i)a, (__m128i)b);
#elif defined(__wasm_simd128__)
  return (Shorts)wasm_i16x8_narrow_i32x4((v128_t)a, (v128_t)b);
#else
  Shorts both;
  for (int i = 0; i < kSimdFloats; ++i) {
    both[i] = static_cast<std::int16_t>(a[i]);
    both[kSimdFloats + i] = static_cast<std::int16_t>(b[i]);
  }
  return both;
#endif
}

struct Parts {
  IntV high;
  IntV low;
};

// Of x · per_unit, rounded.
inline Parts split(FloatV x, FloatV per_unit) {
  constexpr std::int32_t kHalfPart = 1 << (kPartBits - 1);
  // The low bits of the sum are the integer, in two's complement.
  const IntV shifted = __builtin_bit_cast(IntV, x * per_unit + simd_constant(kRound));
  const IntV raised = shifted - (__builtin_bit_cast(std::int32_t, kRound) - kHalfPart);
  return {raised >> kPartBits, (raised & (2 * kHalfPart - 1)) - kHalfPart};
}

#endif

}  // namespace

float largest_beside_bytes(int inputs) noexcept {
  constexpr float kLargestSum = 2147480000.0F;
  return std::min(32767.0F, std::floor(kLargestSum / (128.0F * static_cast<float>(inputs))));
}

float round_inputs(std::span<const float> x, float most, std::span<std::int16_t> rounded) noexcept {
  const float peak = peak_of(x);
  const float per_unit = peak > 0 ? most / peak : 0;
  if (peak == 0) {
    std::fill(rounded.begin(), rounded.end(), std::int16_t{0});
    return 0;
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float shifted = x[i] * per_unit + kRound;
    // The low bits of the sum are the integer, in two's complement.
    rounded[i] = static_cast<std::int16_t>(__builtin_bit_cast(std::int32_t, shifted));
  }
  for (std::size_t i = x.size(); i < rounded.size(); ++i) rounded[i] = 0;
  return peak / most;
}

#if !defined(SIDEBAND_M_PROFILE)

float round_to_parts(std::span<const float> x, int padded, std::int16_t* parts) noexcept {
  const auto size = static_cast<std::size_t>(padded);
  std::int16_t* low_parts = parts + size;
  const float peak = peak_of(x);
  if (peak == 0) {
    std::fill_n(parts, 2 * size, std::int16_t{0});
    return 0;
  }
  constexpr auto kMost = static_cast<float>(kLargestInParts);
  const FloatV per_unit = simd_splat(kMost / peak);
  constexpr std::size_t kStep = 2 * kSimdFloats;
  const auto split_step = [&](const float* from, std::int16_t* high, std::int16_t* low) {
    const Parts first = split(simd_load(from), per_unit);
    const Parts second = split(simd_load(from + kSimdFloats), per_unit);
    const Shorts high_pair = narrow(first.high, second.high);
    const Shorts low_pair = narrow(first.low, second.low);
    std::memcpy(high, &high_pair, sizeof(high_pair));
    std::memcpy(low, &low_pair, sizeof(low_pair));
  };
  std::size_t i = 0;
  for (; i + kStep <= x.size(); i += kStep) split_step(&x[i], parts + i, low_parts + i);
  if (i < size) {
    std::array<float, kStep> rest{};
    std::array<std::int16_t, kStep> high;
    std::array<std::int16_t, kStep> low;
    std::memcpy(rest.data(), x.data() + i, (x.size() - i) * sizeof(float));
    split_step(rest.data(), high.data(), low.data());
    std::memcpy(parts + i, high.data(), (size - i) * sizeof(std::int16_t));
    std::memcpy(low_parts + i, low.data(), (size - i) * sizeof(std::int16_t));
  }
  return peak / kMost;
}

#endif

}  // namespace sideband
