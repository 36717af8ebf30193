#include "core/inference/kernels.h"

#include <algorithm>

#include "core/inference/avx512_kernels.h"
#include "core/inference/integer_kernel.h"
#include "core/inference/m_profile_sums.h"
#include "core/inference/narrow_kernels.h"
#include "core/inference/nonzero_inputs.h"
#include "core/inference/panels.h"

namespace sideband {
namespace {

#if !defined(SIDEBAND_M_PROFILE)

// Inputs whose products are added to each other before they are added to a sum. Without a fused
// multiply-add the sums would otherwise wait for one addition per input. Two: with four, engines
// for WASM run out of registers (a fifth slower under node).
constexpr int kGroup = kHasMultiplyAdd ? 1 : 2;

inline FloatV load_weights(const float* from) {
  return simd_load(from);
}
inline FloatV load_weights(const std::uint16_t* from) {
  return simd_load_half(from);
}

// The sum of Count inputs' products, added up in pairs.
template <int Count, typename Weight>
inline FloatV grouped(const Weight* weights, std::size_t row, const FloatV* inputs) {
  if constexpr (Count == 1) {
    return load_weights(weights) * inputs[0];
  } else {
    return grouped<Count / 2>(weights, row, inputs) +
           grouped<Count / 2>(weights + Count / 2 * row, row, inputs + Count / 2);
  }
}

// What kGroup inputs, whose weights are `apart` from each other, add to sums.
template <int Vectors, typename Weight>
inline void add_group(const Weight* weights, std::size_t apart, const FloatV* inputs,
                      FloatV* sums) {
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    const Weight* column = weights + v * kSimdFloats;
    if constexpr (kGroup == 1) {
      sums[v] = simd_multiply_add(load_weights(column), inputs[0], sums[v]);
    } else {
      sums[v] += grouped<kGroup>(column, apart, inputs);
    }
  }
}

// Narrow panels take several inputs at a time into separate sums, so that there is always enough
// independent work to hide the arithmetic's latency.
template <int Vectors, typename Weight>
void panel_sums(const Weight* weights, const float* bias, const float* x, int inputs,
                FloatV* result) {
  constexpr int kUnroll = kPanelVectors / Vectors;
  constexpr int kRow = Vectors * kSimdFloats;
  constexpr int kStep = kUnroll * kGroup;
  FloatV sums[kUnroll][Vectors];
  for (int v = 0; v < Vectors; ++v) sums[0][v] = simd_load(bias + v * kSimdFloats);
  for (int u = 1; u < kUnroll; ++u) {
    for (int v = 0; v < Vectors; ++v) sums[u][v] = FloatV{};
  }
  int i = 0;
  for (; i + kStep <= inputs; i += kStep) {
    prefetch_after<kStep * kRow* static_cast<int>(sizeof(Weight))>(
        reinterpret_cast<const std::byte*>(weights));
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
      FloatV input[kGroup];
#pragma GCC unroll 8
      for (int g = 0; g < kGroup; ++g) input[g] = simd_splat(x[i + u * kGroup + g]);
      add_group<Vectors>(weights, kRow, input, sums[u]);
      weights += kGroup * kRow;
    }
  }
  for (; i < inputs; ++i) {
    const FloatV input = simd_splat(x[i]);
    for (int v = 0; v < Vectors; ++v) {
      sums[0][v] = simd_multiply_add(load_weights(weights + v * kSimdFloats), input, sums[0][v]);
    }
    weights += kRow;
  }
  for (int v = 0; v < Vectors; ++v) {
    FloatV sum = sums[0][v];
    for (int u = 1; u < kUnroll; ++u) sum += sums[u][v];
    result[v] = sum;
  }
}

// The same of the inputs listed.
template <int Vectors, typename Weight>
void panel_sums(const Weight* weights, const float* bias, const float* x,
                std::span<const std::uint16_t> nonzero, FloatV* sums) {
  constexpr std::size_t kRow = Vectors * kSimdFloats;
  for (int v = 0; v < Vectors; ++v) sums[v] = simd_load(bias + v * kSimdFloats);
  std::size_t n = 0;
  for (; n + kGroup <= nonzero.size(); n += kGroup) {
    const std::uint16_t* at = &nonzero[n];
    FloatV input[kGroup];
#pragma GCC unroll 8
    for (int g = 0; g < kGroup; ++g) input[g] = simd_splat(x[at[g]]);
    const auto apart = static_cast<std::size_t>(at[kGroup - 1] - at[0]);
    add_group<Vectors>(weights + at[0] * kRow, apart * kRow, input, sums);
  }
  if (n == nonzero.size()) return;
  static_assert(kGroup <= 2, "one is left at most");
  const FloatV input = simd_splat(x[nonzero[n]]);
  const Weight* row = weights + nonzero[n] * kRow;
  for (int v = 0; v < Vectors; ++v) {
    sums[v] = simd_multiply_add(load_weights(row + v * kSimdFloats), input, sums[v]);
  }
}

#else

inline float as_float(float weight) {
  return weight;
}
inline float as_float(std::uint16_t weight) {
  return half_to_float(weight);
}

// Eight outputs and whole groups of eight inputs at a time; what is left of either is little.
template <int Vectors, typename Weight>
void panel_sums(const Weight* weights, const float* bias, const float* x, int inputs, float* sums) {
  constexpr int kCount = Vectors * kSimdFloats;
  std::copy_n(bias, kCount, sums);
  int i = 0;
  if constexpr (kCount == 8) {
    i = inputs / 8 * 8;
    if (i > 0) add_eight_outputs(weights, x, i, sums);
  }
  for (; i < inputs; ++i) {
#pragma GCC unroll 8
    for (int o = 0; o < kCount; ++o) {
      sums[o] = __builtin_fmaf(as_float(weights[i * kCount + o]), x[i], sums[o]);
    }
  }
}

#endif

template <typename Weight>
void float_gemv(const PackedMatrix& matrix, const float* x, float* y, Epilogue epilogue) {
  const auto* weights = reinterpret_cast<const Weight*>(matrix.weights);
  const auto of = [&](auto inputs) {
    for_each_panel<kPanelVectors>(
        matrix, y, epilogue,
        [&]<int Vectors>(int first, std::integral_constant<int, Vectors>, PanelSum* sums) {
          const std::size_t offset =
              static_cast<std::size_t>(first) * static_cast<std::size_t>(matrix.inputs);
          panel_sums<Vectors>(weights + offset, matrix.bias + first, x, inputs, sums);
        });
  };
#if !defined(SIDEBAND_M_PROFILE)
  if (matrix.nonzero != nullptr) return of(nonzero_inputs(x, matrix.inputs, matrix.nonzero));
#endif
  of(matrix.inputs);
}

void portable_gemv(const PackedMatrix& matrix, const float* x, float* y,
                   Epilogue epilogue) noexcept {
  const int panel = matrix.kind == WeightKind::kI16 ? kLayout.short_vectors : kPanelVectors;
  if (epilogue == Epilogue::kNorm && !norm_fits(matrix, panel)) {
    portable_gemv(matrix, x, y, Epilogue::kStore);
    return kPortableRowKernels.norm_leaky_relu(y, matrix.outputs, matrix.norm);
  }
  switch (matrix.kind) {
    case WeightKind::kF32:
      return float_gemv<float>(matrix, x, y, epilogue);
    case WeightKind::kF16:
      if constexpr (kLayout.halves_as_shorts) return;
      return float_gemv<std::uint16_t>(matrix, x, y, epilogue);
    case WeightKind::kI16:
    case WeightKind::kI8:
      return integer_gemv(matrix, x, y, epilogue);
  }
}

#if defined(SIDEBAND_M_PROFILE)
constexpr const NarrowKernels* kPortableNarrow = nullptr;
#else
constexpr const NarrowKernels* kPortableNarrow = &kPortableNarrowKernels;
#endif
constexpr Kernels kPortableKernels{"portable",           kLayout,        false, portable_gemv,
                                   &kPortableRowKernels, kPortableNarrow};

}  // namespace

const Kernels& portable_kernels() noexcept {
  return kPortableKernels;
}

const Kernels& best_kernels() noexcept {
#if defined(__x86_64__)
  if (const Kernels* wide = avx512_kernels(); wide != nullptr) return *wide;
#endif
  return kPortableKernels;
}

}  // namespace sideband
