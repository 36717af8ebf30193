// How kernels walk a packed matrix: full panels, then the one narrower panel that is left, and what
// happens to the sums.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>

#include "core/inference/kernels.h"
#include "core/inference/norm_in_registers.h"
#include "core/util/simd.h"

namespace sideband {

// Fetches the weights that will be due in a while: the hardware's own prefetch alone leaves
// matrices that live in the second-level cache a tenth slower. WASM has no such instruction, but
// engines may not leave out a load.
template <int Bytes>
inline void prefetch_after(const std::byte* weights) {
#if !defined(SIDEBAND_M_PROFILE)
  constexpr int kLineBytes = 64;
  for (int ahead = 0; ahead < Bytes; ahead += kLineBytes) {
#if defined(__wasm__)
    static_cast<void>(
        *reinterpret_cast<const volatile std::uint8_t*>(weights + kPrefetchBytes + ahead));
#else
    __builtin_prefetch(weights + kPrefetchBytes + ahead);
#endif
  }
#else
  static_cast<void>(weights);
#endif
}

// What a kernel hands over: vectors, or single floats where there are none.
#if defined(SIDEBAND_M_PROFILE)
using PanelSum = float;

inline constexpr int kSumWidth = 1;
#else
using PanelSum = FloatV;
inline constexpr int kSumWidth = kSimdFloats;
#endif

// The epilogue of Count sums, all but kNorm's, and what comes of it to y: `outputs` values, of
// which the last sum may have some too many.
template <int Count>
inline void finish(PanelSum* sums, float* y, int outputs, Epilogue epilogue) {
#if defined(SIDEBAND_M_PROFILE)
  for (int i = 0; i < std::min(Count, outputs); ++i) {
    float sum = sums[i];
    if (epilogue == Epilogue::kRelu) sum = sum > 0 ? sum : 0;
    if (epilogue == Epilogue::kAccumulate) sum += y[i];
    y[i] = sum;
  }
#else
  const auto each = [outputs](auto work) {
#pragma GCC unroll 8
    for (int i = 0; i < Count; ++i) {
      const int rest = outputs - i * kSumWidth;
      if (rest >= kSumWidth) {
        work(i, std::size_t{kSumWidth});  // a constant, which makes it one instruction
      } else if (rest > 0) {
        work(i, static_cast<std::size_t>(rest));
      }
    }
  };
  if (epilogue == Epilogue::kRelu) {
#pragma GCC unroll 8
    for (int i = 0; i < Count; ++i) sums[i] = simd_max(sums[i], FloatV{});
  } else if (epilogue == Epilogue::kAccumulate) {
    each([&](int i, std::size_t count) { sums[i] += simd_load_first(y + i * kSumWidth, count); });
  }
  each([&](int i, std::size_t count) { simd_store_first(y + i * kSumWidth, sums[i], count); });
#endif
}

// Whether a panel's sums are the whole row that is to be normed.
inline bool norm_fits([[maybe_unused]] const PackedMatrix& matrix,
                      [[maybe_unused]] int panel_vectors) {
#if defined(SIDEBAND_M_PROFILE)
  return false;
#else
  return matrix.outputs % kSimdFloats == 0 && matrix.outputs <= panel_vectors * kSimdFloats;
#endif
}

// panel_sums(first, std::integral_constant<int, Vectors>, PanelSum* sums) computes W x + b of a
// panel of Vectors · kSimdFloats outputs that begins with output `first`; full ones have
// PanelVectors.
template <int PanelVectors, typename PanelSums>
inline void for_each_panel(const PackedMatrix& matrix, float* y, Epilogue epilogue,
                           PanelSums panel_sums) {
  constexpr int kPanel = PanelVectors * kSimdFloats;
  const auto panel = [&](auto vectors, int first) {
    constexpr int kCount = vectors.value * kSimdFloats / kSumWidth;
    PanelSum sums[kCount];
    panel_sums(first, vectors, sums);
#if !defined(SIDEBAND_M_PROFILE)
    if (epilogue == Epilogue::kNorm) norm_leaky_relu<vectors.value>(sums, matrix.norm);
#endif
    const int outputs = std::min(vectors.value * kSimdFloats, matrix.outputs - first);
    finish<kCount>(sums, y + first, outputs, epilogue);
  };
  const int padded = padded_outputs(matrix.outputs, kLayout);
  int first = 0;
  for (; first + kPanel <= padded; first += kPanel) {
    panel(std::integral_constant<int, PanelVectors>{}, first);
  }
  const auto last = [&]<int Vectors>(std::integral_constant<int, Vectors> vectors, auto next) {
    if constexpr (Vectors < PanelVectors) {
      if (first + Vectors * kSimdFloats == padded) return panel(vectors, first);
      next(std::integral_constant<int, Vectors + 1>{}, next);
    }
  };
  if (first < padded) last(std::integral_constant<int, 1>{}, last);
}

}  // namespace sideband
