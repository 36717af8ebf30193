#include "core/inference/avx512_kernels.h"

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/inference/avx512_narrow.h"
#include "core/inference/avx512_rounding.h"
#include "core/inference/avx512_rows.h"
#include "core/inference/avx512_sums.h"
#include "core/inference/avx512_vectors.h"
#include "core/inference/nonzero_inputs.h"
#include "core/inference/rounded_inputs.h"

namespace sideband::avx512 {
namespace {

constexpr KernelLayout kWideLayout{kLanes, kVectors, kVectors, 4, true, false};
constexpr int kNearWeights = 4096;  // 16 KiB of floats

template <int Vectors>
SIDEBAND_AVX512 void finish_panel(__m512* sums, const PackedMatrix& matrix, float unit, int first,
                                  float* y, Epilogue epilogue) {
#pragma GCC unroll 8
  for (int v = 0; v < Vectors; ++v) {
    const int begin = first + v * kLanes;
    const __mmask16 mask = first_lanes(matrix.outputs - begin);
    if (is_integer(matrix.kind)) {  // floats have their bias already
      __m512 factor = _mm512_set1_ps(unit);
      if (matrix.kind == WeightKind::kI8) {
        factor = _mm512_mul_ps(_mm512_loadu_ps(matrix.scale + begin), factor);
      }
      sums[v] = _mm512_fmadd_ps(sums[v], factor, _mm512_loadu_ps(matrix.bias + begin));
    }
    // The second operand where the first is not a number.
    if (epilogue == Epilogue::kRelu) sums[v] = _mm512_max_ps(sums[v], _mm512_setzero_ps());
    if (epilogue == Epilogue::kAccumulate) {
      sums[v] = _mm512_add_ps(sums[v], _mm512_maskz_loadu_ps(mask, y + begin));
    }
  }
  if (epilogue == Epilogue::kNorm) {  // of a matrix that is a single panel
    norm_leaky_relu<Vectors>(sums, matrix.outputs, matrix.norm);
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
  std::span<const std::uint16_t> nonzero;  // where matrix.nonzero is
};

template <int Vectors>
SIDEBAND_AVX512 void run_panel(const PackedMatrix& matrix, const Inputs& in, int first, float* y,
                               Epilogue epilogue) {
  __m512 sums[Vectors];
  const std::byte* weights = matrix.weights + static_cast<std::size_t>(first) *
                                                  static_cast<std::size_t>(in.padded) *
                                                  weight_bytes(matrix.kind);
  if (matrix.kind == WeightKind::kF32) {
    const auto* floats = reinterpret_cast<const float*>(weights);
    const float* bias = matrix.bias + first;
    if (matrix.nonzero != nullptr) {
      panel_sums<Vectors>(floats, bias, in.floats, in.nonzero, sums);
    } else if (matrix.inputs * matrix.outputs <= kNearWeights) {
      panel_sums<Vectors, true>(floats, bias, in.floats, in.padded, sums);
    } else {
      panel_sums<Vectors, false>(floats, bias, in.floats, in.padded, sums);
    }
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

SIDEBAND_AVX512 void gemv(const PackedMatrix& matrix, const float* values, float* y,
                          Epilogue epilogue) noexcept {
  const std::span<const float> x{values, static_cast<std::size_t>(matrix.inputs)};
  Inputs in{values, matrix.rounded, packed_inputs(matrix.kind, matrix.inputs, kWideLayout), 1, {}};
  if (matrix.kind == WeightKind::kI16) in.unit = round_to_shorts(x, in.padded, matrix.rounded);
  if (matrix.kind == WeightKind::kI8) {
    in.unit = round_to_bytes(x, largest_beside_bytes(matrix.inputs), in.padded,
                             reinterpret_cast<std::uint8_t*>(matrix.rounded));
  }
  if (matrix.nonzero != nullptr) {
    in.nonzero = nonzero_inputs(values, matrix.inputs, matrix.nonzero);
  }
  constexpr int kPanel = kVectors * kLanes;
  if (epilogue == Epilogue::kNorm && matrix.outputs > kPanel) {
    gemv(matrix, values, y, Epilogue::kStore);
    return kRowKernels.norm_leaky_relu(y, matrix.outputs, matrix.norm);
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

constexpr Kernels kKernels{"AVX-512 VNNI", kWideLayout, true, gemv, &kRowKernels, &kNarrowKernels};

}  // namespace
}  // namespace sideband::avx512

namespace sideband {

const Kernels* avx512_kernels() noexcept {
  __builtin_cpu_init();
  const bool supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                         __builtin_cpu_supports("avx512vnni");
  return supported ? &avx512::kKernels : nullptr;
}

}  // namespace sideband

#endif
