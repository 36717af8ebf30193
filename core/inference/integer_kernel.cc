#include "core/inference/integer_kernel.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/inference/m_profile_sums.h"
#include "core/inference/panels.h"
#include "core/inference/rounded_inputs.h"

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

using Shorts = std::int16_t __attribute__((vector_size(4 * kSimdFloats)));
using Unsigned = std::uint32_t __attribute__((vector_size(4 * kSimdFloats)));

inline Shorts load_shorts(const void* from) {
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

// The sum of as many rounded inputs; an even number.
std::int32_t sum_of(const std::int16_t* x, int inputs) {
  constexpr int kWidth = 2 * kSimdFloats;
  IntV sums{};
  int i = 0;
  for (; i + kWidth <= inputs; i += kWidth) {
    sums += multiply_pairs(load_shorts(x + i), Shorts{} + std::int16_t{1});
  }
  std::int32_t sum = 0;
  for (int lane = 0; lane < kSimdFloats; ++lane) sum += sums[lane];
  for (; i < inputs; ++i) sum += x[i];
  return sum;
}

// Paired bytes: the sums of either output fit 32 bits, and what is computed on the way may wrap.
// `raised` is kRaised times the sum of the inputs.
template <int Vectors>
void panel_sums(const std::byte* weights, const std::int16_t* x, int inputs, std::uint32_t raised,
                FloatV* result) {
  constexpr int kPairs = (Vectors + 1) / 2;
  constexpr int kColumn = 4 * kSimdFloats;            // bytes of a vector of pairs
  constexpr int kRow = kPairs * kColumn;              // bytes of a pair of inputs
  constexpr int kUnroll = kRow < 64 ? 64 / kRow : 1;  // a line of the cache at a time
  Unsigned high[kPairs]{};
  Unsigned both[kPairs]{};
  const auto add = [&](int i) {
    const Shorts pair = splat_pair(x + i);
#pragma GCC unroll 8
    for (int p = 0; p < kPairs; ++p) {
      const Shorts column = load_shorts(weights + p * kColumn);
      high[p] += (Unsigned)multiply_pairs(column >> 8, pair);
      both[p] += (Unsigned)multiply_pairs(column, pair);
    }
    weights += kRow;
  };
  int i = 0;
  for (; i + 2 * kUnroll <= inputs; i += 2 * kUnroll) {
    prefetch_after<kUnroll * kRow>(weights);
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) add(i + 2 * u);
  }
  for (; i < inputs; i += 2) add(i);
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    const Unsigned low = both[v / 2] - (high[v / 2] << 8) - raised;
    result[v] = __builtin_convertvector((IntV)(v % 2 == 0 ? low : high[v / 2]), FloatV);
  }
}

// Shorts: their products with either part of the inputs have sums of their own, which fit 32 bits
// within a chunk; `scale` has a row of `outputs` for each.
template <int Vectors>
void panel_sums(const std::int16_t* weights, const std::int16_t* x, int inputs, const float* scale,
                std::size_t outputs, FloatV* result) {
  constexpr int kUnroll = kLayout.short_vectors / Vectors;
  constexpr int kRow = 2 * Vectors * kSimdFloats;  // weights of a pair of inputs
  const std::int16_t* low_x = x + inputs;
  for (int v = 0; v < Vectors; ++v) result[v] = FloatV{};
  for (int i = 0; i < inputs; scale += outputs) {
    const int end = std::min(inputs, i + kChunk);
    IntV high[kUnroll][Vectors]{};
    IntV low[kUnroll][Vectors]{};
    for (; i + 2 * kUnroll <= end; i += 2 * kUnroll) {
      prefetch_after<2 * kUnroll * kRow>(reinterpret_cast<const std::byte*>(weights));
#pragma GCC unroll 8
      for (int u = 0; u < kUnroll; ++u) {
        const Shorts high_pair = splat_pair(x + i + 2 * u);
        const Shorts low_pair = splat_pair(low_x + i + 2 * u);
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) {
          const Shorts column = load_shorts(weights + 2 * v * kSimdFloats);
          high[u][v] += multiply_pairs(column, high_pair);
          low[u][v] += multiply_pairs(column, low_pair);
        }
        weights += kRow;
      }
    }
    for (; i < end; i += 2) {
      const Shorts high_pair = splat_pair(x + i);
      const Shorts low_pair = splat_pair(low_x + i);
      for (int v = 0; v < Vectors; ++v) {
        const Shorts column = load_shorts(weights + 2 * v * kSimdFloats);
        high[0][v] += multiply_pairs(column, high_pair);
        low[0][v] += multiply_pairs(column, low_pair);
      }
      weights += kRow;
    }
    for (int v = 0; v < Vectors; ++v) {
      IntV high_sum = high[0][v];
      IntV low_sum = low[0][v];
      for (int u = 1; u < kUnroll; ++u) {
        high_sum += high[u][v];
        low_sum += low[u][v];
      }
      const FloatV larger = __builtin_convertvector(high_sum, FloatV) * float{1 << kPartBits};
      result[v] +=
          (larger + __builtin_convertvector(low_sum, FloatV)) * simd_load(scale + v * kSimdFloats);
    }
  }
}

inline FloatV load_floats(const float* from) {
  return simd_load(from);
}

#else

std::int32_t sum_of(const std::int16_t*, int) {
  return 0;  // nothing is raised
}

template <int Vectors>
void panel_sums(const std::byte* weights, const std::int16_t* x, int inputs, std::uint32_t,
                float* result) {
  const auto* bytes = reinterpret_cast<const std::int8_t*>(weights);
  std::int32_t sums[4 * Vectors];
  for (int part = 0; part < Vectors; ++part) {
    four_byte_sums<16 * Vectors>(bytes + 16 * part, x, inputs, sums + 4 * part);
  }
  for (int i = 0; i < 4 * Vectors; ++i) result[i] = static_cast<float>(sums[i]);
}

inline float load_floats(const float* from) {
  return *from;
}

#endif

void byte_gemv(const PackedMatrix& matrix, float unit, int inputs, float* y, Epilogue epilogue) {
  const std::uint32_t raised = kRaised * static_cast<std::uint32_t>(sum_of(matrix.rounded, inputs));
  for_each_panel<kPanelVectors>(
      matrix, y, epilogue,
      [&]<int Vectors>(int first, std::integral_constant<int, Vectors>, PanelSum* sums) {
        const std::size_t offset =
            static_cast<std::size_t>(first) * static_cast<std::size_t>(inputs);
        panel_sums<Vectors>(matrix.weights + offset, matrix.rounded, inputs, raised, sums);
        for (int i = 0; i < Vectors * kSimdFloats / kSumWidth; ++i) {
          const int begin = first + i * kSumWidth;
          const PanelSum scale = load_floats(matrix.scale + begin) * unit;
          sums[i] = sums[i] * scale + load_floats(matrix.bias + begin);
        }
      });
}

#if !defined(SIDEBAND_M_PROFILE)
void short_gemv(const PackedMatrix& matrix, float unit, int inputs, float* y, Epilogue epilogue) {
  const auto* weights = reinterpret_cast<const std::int16_t*>(matrix.weights);
  const auto outputs = static_cast<std::size_t>(padded_outputs(matrix.outputs, kLayout));
  for_each_panel<kLayout.short_vectors>(
      matrix, y, epilogue,
      [&]<int Vectors>(int first, std::integral_constant<int, Vectors>, FloatV* sums) {
        const std::size_t offset =
            static_cast<std::size_t>(first) * static_cast<std::size_t>(inputs);
        panel_sums<Vectors>(weights + offset, matrix.rounded, inputs, matrix.scale + first, outputs,
                            sums);
        for (int v = 0; v < Vectors; ++v) {
          sums[v] = sums[v] * unit + simd_load(matrix.bias + first + v * kSimdFloats);
        }
      });
}
#endif

}  // namespace

void integer_gemv(const PackedMatrix& matrix, const float* values, float* y,
                  Epilogue epilogue) noexcept {
  const std::span<const float> x{values, static_cast<std::size_t>(matrix.inputs)};
  const int inputs = packed_inputs(matrix.kind, matrix.inputs, kLayout);
  const std::span<std::int16_t> rounded{matrix.rounded, static_cast<std::size_t>(inputs)};
  if (matrix.kind == WeightKind::kI8) {
    const float unit = round_inputs(x, largest_beside_bytes(matrix.inputs), rounded);
    return byte_gemv(matrix, unit, inputs, y, epilogue);
  }
#if !defined(SIDEBAND_M_PROFILE)
  if constexpr (kLayout.halves_as_shorts) {
    const float unit = round_to_parts(x, inputs, matrix.rounded);
    short_gemv(matrix, unit, inputs, y, epilogue);
  }
#endif
}

}  // namespace sideband
