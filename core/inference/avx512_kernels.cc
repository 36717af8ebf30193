#include "core/inference/avx512_kernels.h"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own header leaves operands open that its instructions do not read (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

// Only functions marked so use the instructions; what they call from headers is compiled as ever.
#define SIDEBAND_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")))

namespace sideband {
namespace {

constexpr int kLanes = 16;
constexpr int kVectors = 8;
constexpr KernelLayout kWideLayout{kLanes, kVectors, 4, false};

template <typename Weight>
SIDEBAND_AVX512 inline void fetch_ahead(const Weight* weights, int count) {
  for (int line = 0; line < count * static_cast<int>(sizeof(Weight)); line += 64) {
    __builtin_prefetch(reinterpret_cast<const char*>(weights) + kPrefetchBytes + line);
  }
}

SIDEBAND_AVX512 inline __m512 load_floats(const float* from) {
  return _mm512_loadu_ps(from);
}
SIDEBAND_AVX512 inline __m512 load_floats(const std::uint16_t* halves) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves)));
}

// Panels of Vectors vectors of outputs; narrow ones take several inputs at a time into separate
// sums, so that there is always enough independent work to hide the arithmetic's latency.
template <int Vectors, typename Weight>
SIDEBAND_AVX512 void panel_sums(const Weight* weights, const float* x, int inputs, __m512* result) {
  constexpr int kUnroll = kVectors / Vectors;
  constexpr int kRow = Vectors * kLanes;
  __m512 sums[kUnroll][Vectors];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  int i = 0;
  for (; i + kUnroll <= inputs; i += kUnroll) {
    fetch_ahead(weights, kUnroll * kRow);
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
      const __m512 input = _mm512_set1_ps(x[i + u]);
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) {
        sums[u][v] = _mm512_fmadd_ps(load_floats(weights + v * kLanes), input, sums[u][v]);
      }
      weights += kRow;
    }
  }
  for (; i < inputs; ++i) {
    const __m512 input = _mm512_set1_ps(x[i]);
    for (int v = 0; v < Vectors; ++v) {
      sums[0][v] = _mm512_fmadd_ps(load_floats(weights + v * kLanes), input, sums[0][v]);
    }
    weights += kRow;
  }
  for (int v = 0; v < Vectors; ++v) {
    result[v] = sums[0][v];
    for (int u = 1; u < kUnroll; ++u) result[v] = _mm512_add_ps(result[v], sums[u][v]);
  }
}

SIDEBAND_AVX512 inline __m512i splat_word(const void* from) {
  std::int32_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return _mm512_set1_epi32(word);
}

// Bytes meet the inputs' high and low bytes, which count as unsigned: the inputs are 2^15 too large
// for that, which the sum of each row sets right. Sums wrap, but what comes out fits 32 bits.
template <int Vectors>
SIDEBAND_AVX512 void panel_sums(const std::int8_t* weights, const std::uint8_t* x, int inputs,
                                const std::int32_t* row_sums, __m512* result) {
  constexpr int kUnroll = kVectors / Vectors;
  constexpr int kRow = 4 * Vectors * kLanes;  // weights of four inputs
  const std::uint8_t* low_x = x + inputs;
  __m512i high[kUnroll][Vectors];
  __m512i low[kUnroll][Vectors];
  for (int u = 0; u < kUnroll; ++u) {
    for (int v = 0; v < Vectors; ++v) high[u][v] = low[u][v] = _mm512_setzero_si512();
  }
  int i = 0;
  for (; i + 4 * kUnroll <= inputs; i += 4 * kUnroll) {
    fetch_ahead(weights, kUnroll * kRow);
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
      const __m512i high_input = splat_word(x + i + 4 * u);
      const __m512i low_input = splat_word(low_x + i + 4 * u);
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) {
        const __m512i column = _mm512_loadu_si512(weights + 4 * v * kLanes);
        high[u][v] = _mm512_dpbusd_epi32(high[u][v], high_input, column);
        low[u][v] = _mm512_dpbusd_epi32(low[u][v], low_input, column);
      }
      weights += kRow;
    }
  }
  for (; i < inputs; i += 4) {
    const __m512i high_input = splat_word(x + i);
    const __m512i low_input = splat_word(low_x + i);
    for (int v = 0; v < Vectors; ++v) {
      const __m512i column = _mm512_loadu_si512(weights + 4 * v * kLanes);
      high[0][v] = _mm512_dpbusd_epi32(high[0][v], high_input, column);
      low[0][v] = _mm512_dpbusd_epi32(low[0][v], low_input, column);
    }
    weights += kRow;
  }
  for (int v = 0; v < Vectors; ++v) {
    __m512i high_sum = high[0][v];
    __m512i sum = low[0][v];
    for (int u = 1; u < kUnroll; ++u) {
      high_sum = _mm512_add_epi32(high_sum, high[u][v]);
      sum = _mm512_add_epi32(sum, low[u][v]);
    }
    sum = _mm512_add_epi32(sum, _mm512_slli_epi32(high_sum, 8));
    const __m512i row_sum = _mm512_loadu_si512(row_sums + v * kLanes);
    sum = _mm512_sub_epi32(sum, _mm512_slli_epi32(row_sum, 15));
    result[v] = _mm512_cvtepi32_ps(sum);
  }
}

// The first `rest` lanes, or all.
inline __mmask16 first_lanes(int rest) {
  return static_cast<__mmask16>(rest >= kLanes ? 0xFFFF : (1 << (rest > 0 ? rest : 0)) - 1);
}

template <int Vectors>
SIDEBAND_AVX512 void finish_panel(const __m512* sums, const PackedMatrix& matrix, float unit,
                                  int first, float* y, Epilogue epilogue) {
  for (int v = 0; v < Vectors; ++v) {
    const int begin = first + v * kLanes;
    const __mmask16 mask = first_lanes(matrix.outputs - begin);
    const __m512 bias = _mm512_loadu_ps(matrix.bias + begin);
    __m512 sum = _mm512_add_ps(sums[v], bias);
    if (matrix.scale != nullptr) {
      const __m512 scale =
          _mm512_mul_ps(_mm512_loadu_ps(matrix.scale + begin), _mm512_set1_ps(unit));
      sum = _mm512_fmadd_ps(sums[v], scale, bias);
    }
    // The second operand where the first is not a number.
    if (epilogue == Epilogue::kRelu) sum = _mm512_max_ps(sum, _mm512_setzero_ps());
    if (epilogue == Epilogue::kAccumulate) {
      sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, y + begin));
    }
    _mm512_mask_storeu_ps(y + begin, mask, sum);
  }
}

struct Inputs {
  const float* floats;
  const std::uint8_t* rounded;  // beside I8
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
  } else if (matrix.kind == WeightKind::kF16) {
    panel_sums<Vectors>(reinterpret_cast<const std::uint16_t*>(weights), in.floats, in.padded,
                        sums);
  } else {
    panel_sums<Vectors>(reinterpret_cast<const std::int8_t*>(weights), in.rounded, in.padded,
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

// As round_inputs(), but the high bytes of all and then the low bytes of all, 2^15 added.
SIDEBAND_AVX512 float round_wide(std::span<const float> x, float most, int padded,
                                 std::uint8_t* bytes) {
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
  constexpr float kSmallest = 1e-30F;  // a frame that is as good as silent
  const bool sound = peak >= kSmallest && peak <= 3.402823466e38F;
  const __m512 per_unit = _mm512_set1_ps(sound ? most / peak : 0.0F);
  for (int i = 0; i < padded; i += kLanes) {
    const __mmask16 inside = first_lanes(sound ? count - i : 0);
    const __mmask16 mask = first_lanes(padded - i);
    const __m512 value = _mm512_mul_ps(_mm512_maskz_loadu_ps(inside, x.data() + i), per_unit);
    const __m512i whole = _mm512_cvtps_epi32(value);  // to nearest
    const __m512i raised = _mm512_add_epi32(whole, _mm512_set1_epi32(32768));
    _mm512_mask_cvtepi32_storeu_epi8(bytes + i, mask, _mm512_srli_epi32(raised, 8));
    _mm512_mask_cvtepi32_storeu_epi8(bytes + padded + i, mask, raised);
  }
  return sound ? peak / most : 0.0F;
}

SIDEBAND_AVX512 void avx512_gemv(const PackedMatrix& matrix, std::span<const float> x,
                                 std::span<float> y, Epilogue epilogue) noexcept {
  Inputs in{x.data(), nullptr, packed_inputs(matrix.kind, matrix.inputs, kWideLayout), 1};
  if (matrix.kind == WeightKind::kI8) {
    in.rounded = reinterpret_cast<std::uint8_t*>(matrix.rounded);
    in.unit = round_wide(x, largest_beside_bytes(matrix.inputs), in.padded,
                         reinterpret_cast<std::uint8_t*>(matrix.rounded));
  }
  constexpr int kPanel = kVectors * kLanes;
  const int padded = padded_outputs(matrix.outputs, kWideLayout);
  int first = 0;
  for (; first + kPanel <= padded; first += kPanel) {
    run_panel<kVectors>(matrix, in, first, y.data(), epilogue);
  }
  if (first < padded) {
    run_last_panel<1>((padded - first) / kLanes, matrix, in, first, y.data(), epilogue);
  }
}

constexpr Kernels kAvx512Kernels{"AVX-512 VNNI", kWideLayout, true, avx512_gemv};

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
