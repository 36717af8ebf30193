#include "tests/bench/decoder/floor.h"

#include <cstddef>

#include "core/util/simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace sideband::bench {
namespace {

inline FloatV load(const float* from) {
  return simd_load(from);
}
inline FloatV load(const std::uint16_t* from) {
#if defined(__wasm_simd128__)
  // Sign and magnitude in a float's places; its exponent is then 112 too small.
  const IntV bits = ((IntV)wasm_i32x4_load16x4(from) << 13) & static_cast<std::int32_t>(0x8FFFE000);
  return __builtin_bit_cast(FloatV, bits) * 0x1p112F;
#else
  return simd_load_half(from);
#endif
}

inline void fetch_ahead([[maybe_unused]] const void* from) {
#if !defined(__wasm__)
  __builtin_prefetch(static_cast<const char*>(from) + 4096);
#endif
}

template <int Vectors, int Group, typename Weight>
float stream(std::span<const Weight> weights, const float* x) {
  constexpr std::size_t kRow = Vectors * kSimdFloats;
  FloatV sums[Vectors]{};
  const Weight* w = weights.data();
  const Weight* end = w + weights.size();
  std::size_t input = 0;
  while (w < end) {
    FloatV splat[Group];
#pragma GCC unroll 8
    for (int g = 0; g < Group; ++g) splat[g] = simd_splat(x[input + static_cast<std::size_t>(g)]);
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) {
      const Weight* column = w + v * kSimdFloats;
      if constexpr (Group == 1) {
        sums[v] = simd_multiply_add(load(column), splat[0], sums[v]);
      } else if constexpr (Group == 2) {
        sums[v] += load(column) * splat[0] + load(column + kRow) * splat[1];
      } else {
        sums[v] += (load(column) * splat[0] + load(column + kRow) * splat[1]) +
                   (load(column + 2 * kRow) * splat[2] + load(column + 3 * kRow) * splat[3]);
      }
    }
    for (std::size_t ahead = 0; ahead < kRow * Group * sizeof(Weight); ahead += 64) {
      fetch_ahead(reinterpret_cast<const char*>(w) + ahead);
    }
    w += kRow * Group;
    input = (input + Group) % kFloorInputs;
  }
  float total = 0;
  for (const FloatV& sum : sums) total += sum[0];
  return total;
}

#if defined(__x86_64__)
#define SIDEBAND_AVX512 __attribute__((target("avx512f")))

SIDEBAND_AVX512 float stream_wide(std::span<const float> weights, const float* x) {
  __m512 sums[8];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  std::size_t input = 0;
  for (const float *w = weights.data(), *end = w + weights.size(); w < end; w += 128) {
    const __m512 splat = _mm512_set1_ps(x[input]);
#pragma GCC unroll 8
    for (int v = 0; v < 8; ++v) {
      __builtin_prefetch(w + 16 * v + 1024);
      sums[v] = _mm512_fmadd_ps(_mm512_loadu_ps(w + 16 * v), splat, sums[v]);
    }
    input = (input + 1) % kFloorInputs;
  }
  __m512 total = sums[0];
  for (int v = 1; v < 8; ++v) total = _mm512_add_ps(total, sums[v]);
  return _mm512_cvtss_f32(total);
}

SIDEBAND_AVX512 float stream_wide(std::span<const std::uint16_t> halves, const float* x) {
  __m512 sums[8];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  std::size_t input = 0;
  for (const std::uint16_t *w = halves.data(), *end = w + halves.size(); w < end; w += 128) {
    const __m512 splat = _mm512_set1_ps(x[input]);
#pragma GCC unroll 8
    for (int v = 0; v < 8; ++v) {
      if (v % 2 == 0) __builtin_prefetch(w + 16 * v + 2048);
      const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + 16 * v));
      sums[v] = _mm512_fmadd_ps(_mm512_maskz_cvtph_ps(0xFFFF, half), splat, sums[v]);
    }
    input = (input + 1) % kFloorInputs;
  }
  __m512 total = sums[0];
  for (int v = 1; v < 8; ++v) total = _mm512_add_ps(total, sums[v]);
  return _mm512_cvtss_f32(total);
}

SIDEBAND_AVX512 float multiply_add_wide(float x) {
  __m512 sums[12];
  for (__m512& sum : sums) sum = _mm512_set1_ps(x);
  const __m512 factor = _mm512_set1_ps(0.5F * x);
  for (long i = 0; i < kPeakMultiplyAdds / (12 * 16); ++i) {
#pragma GCC unroll 12
    for (int s = 0; s < 12; ++s) sums[s] = _mm512_fmadd_ps(sums[s], factor, factor);
  }
  __m512 total = sums[0];
  for (int v = 1; v < 12; ++v) total = _mm512_add_ps(total, sums[v]);
  return _mm512_cvtss_f32(total);
}

SIDEBAND_AVX512 float read_wide(std::span<const float> values) {
  __m512 sums[8];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  for (const float *v = values.data(), *end = v + values.size(); v < end; v += 128) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      __builtin_prefetch(v + 16 * i + 1024);
      sums[i] = _mm512_add_ps(_mm512_loadu_ps(v + 16 * i), sums[i]);
    }
  }
  __m512 total = sums[0];
  for (int i = 1; i < 8; ++i) total = _mm512_add_ps(total, sums[i]);
  return _mm512_cvtss_f32(total);
}

bool wide() {
  static const bool supported = __builtin_cpu_supports("avx512f") != 0;
  return supported;
}
#endif

template <typename Weight>
float stream_tile(std::span<const Weight> weights, const float* x, int tile) {
#if defined(__x86_64__)
  if (tile == 0 && wide()) return stream_wide(weights, x);
#endif
  if constexpr (kHasMultiplyAdd) {
    return tile == 0   ? stream<8, 1>(weights, x)
           : tile == 1 ? stream<4, 2>(weights, x)
                       : stream<16, 1>(weights, x);
  } else {
    return tile == 0   ? stream<4, 4>(weights, x)
           : tile == 1 ? stream<4, 2>(weights, x)
                       : stream<8, 1>(weights, x);
  }
}

}  // namespace

float stream_weights(std::span<const float> weights, const float* x, int tile) noexcept {
  return stream_tile(weights, x, tile);
}

float stream_weights(std::span<const std::uint16_t> halves, const float* x, int tile) noexcept {
  return stream_tile(halves, x, tile);
}

float multiply_add_in_registers(float x) noexcept {
#if defined(__x86_64__)
  if (wide()) return multiply_add_wide(x);
#endif
  constexpr int kSums = 12;
  FloatV sums[kSums];
  for (FloatV& sum : sums) sum = simd_splat(x);
  const FloatV factor = simd_splat(0.5F * x);
  for (long i = 0; i < kPeakMultiplyAdds / (kSums * kSimdFloats); ++i) {
#pragma GCC unroll 12
    for (int s = 0; s < kSums; ++s) sums[s] = simd_multiply_add(sums[s], factor, factor);
  }
  float total = 0;
  for (const FloatV& sum : sums) total += sum[0];
  return total;
}

float read_only(std::span<const float> values) noexcept {
#if defined(__x86_64__)
  if (wide()) return read_wide(values);
#endif
  constexpr std::size_t kSums = 8;
  FloatV sums[kSums]{};
  for (std::size_t i = 0; i + kSums * kSimdFloats <= values.size(); i += kSums * kSimdFloats) {
#pragma GCC unroll 8
    for (std::size_t s = 0; s < kSums; ++s) sums[s] += simd_load(&values[i + s * kSimdFloats]);
  }
  float total = 0;
  for (const FloatV& sum : sums) total += sum[0];
  return total;
}

}  // namespace sideband::bench
