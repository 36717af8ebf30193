#include "core/inference/integer_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "core/inference/m_profile_sums.h"
#include "core/inference/panels.h"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace sideband {
namespace {

#if !defined(SIDEBAND_M_PROFILE)

using Bytes = std::int8_t __attribute__((vector_size(2 * kSimdFloats)));
using Shorts = std::int16_t __attribute__((vector_size(4 * kSimdFloats)));

// Two bytes per output, widened.
inline Shorts load_pairs(const std::int8_t* from) {
  Bytes bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
#if defined(__AVX512BW__)
  return (Shorts)_mm512_cvtepi8_epi16((__m256i)bytes);
#elif defined(__AVX2__)
  return (Shorts)_mm256_cvtepi8_epi16((__m128i)bytes);
#elif defined(__wasm_simd128__)
  return (Shorts)wasm_i16x8_load8x8(from);
#else
  return __builtin_convertvector(bytes, Shorts);
#endif
}

// Only where 16-bit weights run as integers.
[[maybe_unused]] inline Shorts load_pairs(const std::int16_t* from) {
  Shorts shorts;
  std::memcpy(&shorts, from, sizeof(shorts));
  return shorts;
}

// a[2i] · b[2i] + a[2i + 1] · b[2i + 1].
inline IntV multiply_pairs(Shorts a, Shorts b) {
#if defined(__AVX512BW__)
  return (IntV)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (IntV)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (IntV)_mm_madd_epi16((__m128i)a, (__m128i)b);
#elif defined(__wasm_simd128__)
  return (IntV)wasm_i32x4_dot_i16x8((v128_t)a, (v128_t)b);
#elif defined(__ARM_NEON)
  const int32x4_t low = vmull_s16(vget_low_s16((int16x8_t)a), vget_low_s16((int16x8_t)b));
  const int32x4_t high = vmull_s16(vget_high_s16((int16x8_t)a), vget_high_s16((int16x8_t)b));
#if defined(__aarch64__)
  return (IntV)vpaddq_s32(low, high);
#else
  return (IntV)vcombine_s32(vpadd_s32(vget_low_s32(low), vget_high_s32(low)),
                            vpadd_s32(vget_low_s32(high), vget_high_s32(high)));
#endif
#else
  IntV sum{};
  for (int i = 0; i < kSimdFloats; ++i) {
    sum[i] = std::int32_t{a[2 * i]} * b[2 * i] + std::int32_t{a[2 * i + 1]} * b[2 * i + 1];
  }
  return sum;
#endif
}

// Two inputs in every lane.
inline Shorts splat_pair(const std::int16_t* x) {
  std::int32_t pair = 0;
  std::memcpy(&pair, x, sizeof(pair));
  return (Shorts)(pair - IntV{});
}

// Bytes: their sums fit 32 bits.
template <int Vectors>
void panel_sums(const std::int8_t* weights, const std::int16_t* x, int inputs, FloatV* result) {
  constexpr int kUnroll = kPanelVectors / Vectors;
  constexpr int kRow = 2 * Vectors * kSimdFloats;  // weights of a pair of inputs
  IntV sums[kUnroll][Vectors]{};
  int i = 0;
  for (; i + 2 * kUnroll <= inputs; i += 2 * kUnroll) {
    prefetch_after<kUnroll * kRow>(reinterpret_cast<const std::byte*>(weights));
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
      const Shorts pair = splat_pair(x + i + 2 * u);
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) {
        sums[u][v] += multiply_pairs(load_pairs(weights + 2 * v * kSimdFloats), pair);
      }
      weights += kRow;
    }
  }
  for (; i < inputs; i += 2) {
    const Shorts pair = splat_pair(x + i);
    for (int v = 0; v < Vectors; ++v) {
      sums[0][v] += multiply_pairs(load_pairs(weights + 2 * v * kSimdFloats), pair);
    }
    weights += kRow;
  }
  for (int v = 0; v < Vectors; ++v) {
    IntV sum = sums[0][v];
    for (int u = 1; u < kUnroll; ++u) sum += sums[u][v];
    result[v] = __builtin_convertvector(sum, FloatV);
  }
}

// Shorts: only a pair's sum fits 32 bits; these sums become floats and are added as such.
template <int Vectors>
void panel_sums(const std::int16_t* weights, const std::int16_t* x, int inputs, FloatV* result) {
  constexpr int kUnroll = kPanelVectors / Vectors;
  constexpr int kRow = 2 * Vectors * kSimdFloats;  // weights of a pair of inputs
  FloatV sums[kUnroll][Vectors]{};
  int i = 0;
  for (; i + 2 * kUnroll <= inputs; i += 2 * kUnroll) {
    prefetch_after<2 * kUnroll * kRow>(reinterpret_cast<const std::byte*>(weights));
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
      const Shorts pair = splat_pair(x + i + 2 * u);
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) {
        const IntV sum = multiply_pairs(load_pairs(weights + 2 * v * kSimdFloats), pair);
        sums[u][v] += __builtin_convertvector(sum, FloatV);
      }
      weights += kRow;
    }
  }
  for (; i < inputs; i += 2) {
    const Shorts pair = splat_pair(x + i);
    for (int v = 0; v < Vectors; ++v) {
      const IntV sum = multiply_pairs(load_pairs(weights + 2 * v * kSimdFloats), pair);
      sums[0][v] += __builtin_convertvector(sum, FloatV);
    }
    weights += kRow;
  }
  for (int v = 0; v < Vectors; ++v) {
    FloatV sum = sums[0][v];
    for (int u = 1; u < kUnroll; ++u) sum += sums[u][v];
    result[v] = sum;
  }
}

inline FloatV load_floats(const float* from) {
  return simd_load(from);
}

#else

template <int Vectors>
void panel_sums(const std::int8_t* weights, const std::int16_t* x, int inputs, float* result) {
  std::int32_t sums[4 * Vectors];
  for (int part = 0; part < Vectors; ++part) {
    four_byte_sums<16 * Vectors>(weights + 16 * part, x, inputs, sums + 4 * part);
  }
  for (int i = 0; i < 4 * Vectors; ++i) result[i] = static_cast<float>(sums[i]);
}

inline float load_floats(const float* from) {
  return *from;
}

#endif

template <typename Weight>
void scaled_gemv(const PackedMatrix& matrix, float unit, int inputs, std::span<float> y,
                 Epilogue epilogue) {
  const auto* weights = reinterpret_cast<const Weight*>(matrix.weights);
  for_each_panel(matrix, y, epilogue,
                 [&]<int Vectors>(int first, std::integral_constant<int, Vectors>, PanelSum* sums) {
                   constexpr int kWidth = static_cast<int>(sizeof(PanelSum) / sizeof(float));
                   const std::size_t offset =
                       static_cast<std::size_t>(first) * static_cast<std::size_t>(inputs);
                   panel_sums<Vectors>(weights + offset, matrix.rounded, inputs, sums);
                   for (int i = 0; i < Vectors * kSimdFloats / kWidth; ++i) {
                     const int begin = first + i * kWidth;
                     const PanelSum scale = load_floats(matrix.scale + begin) * unit;
                     sums[i] = sums[i] * scale + load_floats(matrix.bias + begin);
                   }
                 });
}

}  // namespace

float largest_beside_bytes(int inputs) noexcept {
  constexpr float kLargestSum = 2147480000.0F;
  return std::min(32767.0F, std::floor(kLargestSum / (128.0F * static_cast<float>(inputs))));
}

float round_inputs(std::span<const float> x, float most, std::span<std::int16_t> rounded) noexcept {
  constexpr float kRound = 12582912.0F;  // 1.5 · 2^23: adding it leaves no room for a fraction
  // As integers, magnitudes compare as they do as floats, and cheaply everywhere; what is not
  // finite is larger than all others.
  std::uint32_t peak_bits = 0;
#pragma GCC unroll 8
  for (const float value : x) {
    const std::uint32_t magnitude = __builtin_bit_cast(std::uint32_t, value) & 0x7FFFFFFFU;
    peak_bits = std::max(peak_bits, magnitude);
  }
  const auto peak = __builtin_bit_cast(float, peak_bits);
  constexpr float kSmallest = 1e-30F;  // a frame that is as good as silent
  if (!(peak >= kSmallest && peak <= std::numeric_limits<float>::max())) {
    std::fill(rounded.begin(), rounded.end(), std::int16_t{0});
    return 0;
  }
  const float per_unit = most / peak;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float shifted = x[i] * per_unit + kRound;
    // The low bits of the sum are the integer, in two's complement.
    rounded[i] = static_cast<std::int16_t>(__builtin_bit_cast(std::int32_t, shifted));
  }
  for (std::size_t i = x.size(); i < rounded.size(); ++i) rounded[i] = 0;
  return peak / most;
}

void integer_gemv(const PackedMatrix& matrix, std::span<const float> x, std::span<float> y,
                  Epilogue epilogue) noexcept {
  const int inputs = packed_inputs(matrix.kind, matrix.inputs, kLayout);
  const std::span<std::int16_t> rounded{matrix.rounded, static_cast<std::size_t>(inputs)};
  if (matrix.kind == WeightKind::kI8) {
    const float unit = round_inputs(x, largest_beside_bytes(matrix.inputs), rounded);
    return scaled_gemv<std::int8_t>(matrix, unit, inputs, y, epilogue);
  }
  if constexpr (kLayout.halves_as_shorts) {
    const float unit = round_inputs(x, 32767.0F, rounded);
    scaled_gemv<std::int16_t>(matrix, unit, inputs, y, epilogue);
  }
}

}  // namespace sideband
