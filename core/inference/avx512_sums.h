// What a panel of weights makes of a frame, with AVX-512: matrices of floats, bytes and shorts.
#pragma once

#if defined(__x86_64__)

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/inference/avx512_vectors.h"
#include "core/inference/kernels.h"

namespace sideband::avx512 {

inline constexpr int kVectors = 8;  // of a full panel

template <typename Weight>
SIDEBAND_AVX512 inline void fetch_ahead(const Weight* weights, int count) {
  for (int line = 0; line < count * static_cast<int>(sizeof(Weight)); line += 64) {
    __builtin_prefetch(reinterpret_cast<const char*>(weights) + kPrefetchBytes + line);
  }
}

// sums[First][v] + … of Count of them, added up in pairs, for additions wait for each other.
template <int First, int Count, typename Sums>
SIDEBAND_AVX512 inline __m512 sum_in_pairs(const Sums& sums, int v) {
  if constexpr (Count == 1) {
    return sums[First][v];
  } else {
    return _mm512_add_ps(sum_in_pairs<First, Count / 2>(sums, v),
                         sum_in_pairs<First + Count / 2, Count - Count / 2>(sums, v));
  }
}

// Panels of Vectors vectors of outputs; narrow ones take several inputs at a time into separate
// sums, so that there is always enough independent work to hide the arithmetic's latency. Every
// loop over sums is told to unroll: otherwise GCC 12 clears them in memory first, which takes
// longer than a small layer.
//
// Near: the matrix is so small that the nearest cache has it, and fetching it ahead costs more than
// it gains.
template <int Vectors, bool Near>
SIDEBAND_AVX512 inline void panel_sums(const float* weights, const float* bias, const float* x,
                                       int inputs, __m512* result) {
  constexpr int kUnroll = kVectors / Vectors;
  constexpr int kRow = Vectors * kLanes;
  __m512 sums[kUnroll][Vectors];
#pragma GCC unroll 8
  for (int u = 0; u < kUnroll; ++u) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      sums[u][v] = u == 0 ? _mm512_loadu_ps(bias + v * kLanes) : _mm512_setzero_ps();
    }
  }
  int i = 0;
  for (; i + kUnroll <= inputs; i += kUnroll) {
    if constexpr (!Near) fetch_ahead(weights, kUnroll * kRow);
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
      const __m512 input = _mm512_set1_ps(x[i + u]);
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) {
        sums[u][v] = _mm512_fmadd_ps(_mm512_loadu_ps(weights + v * kLanes), input, sums[u][v]);
      }
      weights += kRow;
    }
  }
  for (; i < inputs; ++i) {
    const __m512 input = _mm512_set1_ps(x[i]);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      sums[0][v] = _mm512_fmadd_ps(_mm512_loadu_ps(weights + v * kLanes), input, sums[0][v]);
    }
    weights += kRow;
  }
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    result[v] = sum_in_pairs<0, kUnroll>(sums, v);
  }
}

// The same of the inputs listed.
template <int Vectors>
SIDEBAND_AVX512 inline void panel_sums(const float* weights, const float* bias, const float* x,
                                       std::span<const std::uint16_t> nonzero, __m512* result) {
  constexpr std::size_t kUnroll = Vectors <= kVectors / 2 ? 2 : 1;
  constexpr int kRow = Vectors * kLanes;
  __m512 sums[kUnroll][Vectors];
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    sums[0][v] = _mm512_loadu_ps(bias + v * kLanes);
    if constexpr (kUnroll > 1) sums[1][v] = _mm512_setzero_ps();
  }
  const auto add = [&](std::size_t n, __m512* to) SIDEBAND_AVX512 {
    const float* row = weights + nonzero[n] * kRow;
    const __m512 input = _mm512_set1_ps(x[nonzero[n]]);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      to[v] = _mm512_fmadd_ps(_mm512_loadu_ps(row + v * kLanes), input, to[v]);
    }
  };
  std::size_t n = 0;
  for (; n + kUnroll <= nonzero.size(); n += kUnroll) {
#pragma GCC unroll 2
    for (std::size_t u = 0; u < kUnroll; ++u) add(n + u, sums[u]);
  }
  if (n < nonzero.size()) add(n, sums[0]);
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    result[v] = sum_in_pairs<0, static_cast<int>(kUnroll)>(sums, v);
  }
}

SIDEBAND_AVX512 inline __m512i splat_word(const void* from) {
  std::int32_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return _mm512_set1_epi32(word);
}

// Inputs are in two parts, whose products have sums of their own. In assembly, because for the
// intrinsics GCC 12 copies every sum to another register and back, and because one load of the
// weights shall serve both parts.
//
// Bytes meet the inputs' high and low bytes, which count as unsigned: the inputs are 2^15 too large
// for that, which the sum of each row sets right. Sums wrap, but what comes out fits 32 bits.
struct Bytes {
  using Weight = std::int8_t;
  using Part = std::uint8_t;
  SIDEBAND_AVX512 static __m512i add(__m512i sum, __m512i part, __m512i column) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(part), "v"(column));
    return sum;
  }
  SIDEBAND_AVX512 static __m512 join(__m512i high, __m512i low, __m512i row_sums) {
    const __m512i sum = _mm512_add_epi32(low, _mm512_slli_epi32(high, 8));
    return _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, _mm512_slli_epi32(row_sums, 15)));
  }
};

// Shorts meet signed parts; neither sum of a chunk overflows.
struct Shorts {
  using Weight = std::int16_t;
  using Part = std::int16_t;
  SIDEBAND_AVX512 static __m512i add(__m512i sum, __m512i part, __m512i column) {
    asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(part), "v"(column));
    return sum;
  }
  SIDEBAND_AVX512 static __m512 join(__m512i high, __m512i low) {
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(high), _mm512_set1_ps(1 << kPartBits),
                           _mm512_cvtepi32_ps(low));
  }
};

template <typename Kind, int Vectors>
SIDEBAND_AVX512 inline void part_sums(const typename Kind::Weight* weights,
                                      const typename Kind::Part* x,
                                      const typename Kind::Part* low_x, int inputs,
                                      __m512i* high_sums, __m512i* low_sums) {
  constexpr int kUnroll = kVectors / Vectors;
  constexpr int kWord = 4 / sizeof(typename Kind::Weight);  // inputs that are multiplied at once
  constexpr int kColumn = kWord * kLanes;
  constexpr int kRow = Vectors * kColumn;
  __m512i high[kUnroll][Vectors];
  __m512i low[kUnroll][Vectors];
#pragma GCC unroll 8
  for (int u = 0; u < kUnroll; ++u) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) high[u][v] = low[u][v] = _mm512_setzero_si512();
  }
  int i = 0;
  for (; i + kWord * kUnroll <= inputs; i += kWord * kUnroll) {
    fetch_ahead(weights, kUnroll * kRow);
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
      const __m512i high_input = splat_word(x + i + kWord * u);
      const __m512i low_input = splat_word(low_x + i + kWord * u);
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) {
        const __m512i column = _mm512_loadu_si512(weights + v * kColumn);
        high[u][v] = Kind::add(high[u][v], high_input, column);
        low[u][v] = Kind::add(low[u][v], low_input, column);
      }
      weights += kRow;
    }
  }
  for (; i < inputs; i += kWord) {
    const __m512i high_input = splat_word(x + i);
    const __m512i low_input = splat_word(low_x + i);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      const __m512i column = _mm512_loadu_si512(weights + v * kColumn);
      high[0][v] = Kind::add(high[0][v], high_input, column);
      low[0][v] = Kind::add(low[0][v], low_input, column);
    }
    weights += kRow;
  }
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    high_sums[v] = high[0][v];
    low_sums[v] = low[0][v];
#pragma GCC unroll 8
    for (int u = 1; u < kUnroll; ++u) {
      high_sums[v] = _mm512_add_epi32(high_sums[v], high[u][v]);
      low_sums[v] = _mm512_add_epi32(low_sums[v], low[u][v]);
    }
  }
}

template <int Vectors>
SIDEBAND_AVX512 void panel_sums(const std::int8_t* weights, const std::uint8_t* x, int inputs,
                                const std::int32_t* row_sums, __m512* result) {
  __m512i high[Vectors];
  __m512i low[Vectors];
  part_sums<Bytes, Vectors>(weights, x, x + inputs, inputs, high, low);
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    result[v] = Bytes::join(high[v], low[v], _mm512_loadu_si512(row_sums + v * kLanes));
  }
}

// `scale` has a row of `outputs` for each chunk.
template <int Vectors>
SIDEBAND_AVX512 void panel_sums(const std::int16_t* weights, const std::int16_t* x, int inputs,
                                const float* scale, int outputs, __m512* result) {
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) result[v] = _mm512_setzero_ps();
  for (int begin = 0; begin < inputs; begin += kChunk) {
    const int count = std::min(kChunk, inputs - begin);
    __m512i high[Vectors];
    __m512i low[Vectors];
    part_sums<Shorts, Vectors>(weights, x + begin, x + inputs + begin, count, high, low);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      result[v] = _mm512_fmadd_ps(Shorts::join(high[v], low[v]),
                                  _mm512_loadu_ps(scale + v * kLanes), result[v]);
    }
    weights += count * Vectors * kLanes;
    scale += outputs;
  }
}

}  // namespace sideband::avx512

#endif
