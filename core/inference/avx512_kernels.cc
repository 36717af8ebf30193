#include "core/inference/avx512_kernels.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/inference/avx512_rows.h"
#include "core/inference/avx512_vectors.h"
#include "core/inference/rounded_inputs.h"

namespace sideband {
namespace {

using avx512::first_lanes;
using avx512::kLanes;

constexpr int kVectors = 8;
constexpr KernelLayout kWideLayout{kLanes, kVectors, kVectors, 4, true};

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
template <int Vectors>
SIDEBAND_AVX512 void panel_sums(const float* weights, const float* x, int inputs, __m512* result) {
  constexpr int kUnroll = kVectors / Vectors;
  constexpr int kRow = Vectors * kLanes;
  __m512 sums[kUnroll][Vectors];
#pragma GCC unroll 8
  for (int u = 0; u < kUnroll; ++u) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) sums[u][v] = _mm512_setzero_ps();
  }
  int i = 0;
  for (; i + kUnroll <= inputs; i += kUnroll) {
    fetch_ahead(weights, kUnroll * kRow);
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

template <int Vectors>
SIDEBAND_AVX512 void finish_panel(__m512* sums, const PackedMatrix& matrix, float unit, int first,
                                  float* y, Epilogue epilogue) {
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    const int begin = first + v * kLanes;
    const __mmask16 mask = first_lanes(matrix.outputs - begin);
    const __m512 bias = _mm512_loadu_ps(matrix.bias + begin);
    __m512 factor = _mm512_set1_ps(unit);
    if (matrix.kind == WeightKind::kI8) {
      factor = _mm512_mul_ps(_mm512_loadu_ps(matrix.scale + begin), factor);
    }
    sums[v] = _mm512_fmadd_ps(sums[v], factor, bias);
    // The second operand where the first is not a number.
    if (epilogue == Epilogue::kRelu) sums[v] = _mm512_max_ps(sums[v], _mm512_setzero_ps());
    if (epilogue == Epilogue::kAccumulate) {
      sums[v] = _mm512_add_ps(sums[v], _mm512_maskz_loadu_ps(mask, y + begin));
    }
  }
  if (epilogue == Epilogue::kNorm) {  // of a matrix that is a single panel
    avx512::norm_leaky_relu<Vectors>(sums, matrix.outputs, matrix.norm);
  }
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    const int begin = first + v * kLanes;
    _mm512_mask_storeu_ps(y + begin, first_lanes(matrix.outputs - begin), sums[v]);
  }
}

struct Inputs {
  const float* floats;
  const std::int16_t* rounded;  // beside integers
  int padded;                   // packed_inputs()
  float unit;
};

template <int Vectors>
SIDEBAND_AVX512 void run_panel(const PackedMatrix& matrix, const Inputs& in, int first, float* y,
                               Epilogue epilogue) {
  __m512 sums[Vectors];
  const std::byte* weights = matrix.weights + static_cast<std::size_t>(first) *
                                                  static_cast<std::size_t>(in.padded) *
                                                  weight_bytes(matrix.kind);
  if (matrix.kind == WeightKind::kF32) {
    panel_sums<Vectors>(reinterpret_cast<const float*>(weights), in.floats, in.padded, sums);
  } else if (matrix.kind == WeightKind::kI16) {
    panel_sums<Vectors>(reinterpret_cast<const std::int16_t*>(weights), in.rounded, in.padded,
                        matrix.scale + first, padded_outputs(matrix.outputs, kWideLayout), sums);
  } else {
    panel_sums<Vectors>(reinterpret_cast<const std::int8_t*>(weights),
                        reinterpret_cast<const std::uint8_t*>(in.rounded), in.padded,
                        matrix.row_sums + first, sums);
  }
  finish_panel<Vectors>(sums, matrix, in.unit, first, y, epilogue);
}

template <int Vectors>
SIDEBAND_AVX512 void run_last_panel(int vectors, const PackedMatrix& matrix, const Inputs& in,
                                    int first, float* y, Epilogue epilogue) {
  if (vectors == Vectors) return run_panel<Vectors>(matrix, in, first, y, epilogue);
  if constexpr (Vectors + 1 < kVectors) {
    run_last_panel<Vectors + 1>(vectors, matrix, in, first, y, epilogue);
  }
}

// The largest magnitude, or 0 of a frame that is as good as silent or not finite.
SIDEBAND_AVX512 float peak_of(std::span<const float> x) {
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
SIDEBAND_AVX512 float round_to_bytes(std::span<const float> x, float most, int padded,
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

SIDEBAND_AVX512 float round_to_shorts(std::span<const float> x, int padded, std::int16_t* parts) {
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

SIDEBAND_AVX512 void avx512_gemv(const PackedMatrix& matrix, const float* values, float* y,
                                 Epilogue epilogue) noexcept {
  const std::span<const float> x{values, static_cast<std::size_t>(matrix.inputs)};
  Inputs in{values, matrix.rounded, packed_inputs(matrix.kind, matrix.inputs, kWideLayout), 1};
  if (matrix.kind == WeightKind::kI16) in.unit = round_to_shorts(x, in.padded, matrix.rounded);
  if (matrix.kind == WeightKind::kI8) {
    in.unit = round_to_bytes(x, largest_beside_bytes(matrix.inputs), in.padded,
                             reinterpret_cast<std::uint8_t*>(matrix.rounded));
  }
  constexpr int kPanel = kVectors * kLanes;
  if (epilogue == Epilogue::kNorm && matrix.outputs > kPanel) {
    avx512_gemv(matrix, values, y, Epilogue::kStore);
    return avx512::kRowKernels.norm_leaky_relu(y, matrix.outputs, matrix.norm);
  }
  const int padded = padded_outputs(matrix.outputs, kWideLayout);
  int first = 0;
  for (; first + kPanel <= padded; first += kPanel) {
    run_panel<kVectors>(matrix, in, first, y, epilogue);
  }
  if (first < padded) {
    run_last_panel<1>((padded - first) / kLanes, matrix, in, first, y, epilogue);
  }
}

constexpr Kernels kAvx512Kernels{"AVX-512 VNNI", kWideLayout, true, avx512_gemv,
                                 &avx512::kRowKernels};

}  // namespace

const Kernels* avx512_kernels() noexcept {
  __builtin_cpu_init();
  const bool supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                         __builtin_cpu_supports("avx512vnni");
  return supported ? &kAvx512Kernels : nullptr;
}

}  // namespace sideband

#endif
