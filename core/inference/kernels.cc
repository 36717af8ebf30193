#include "core/inference/kernels.h"

#include <array>
#include <cstring>

namespace sideband {
namespace {

// Inputs whose products are added to each other before they are added to a sum. Without a fused
// multiply-add the sums would otherwise wait for one addition per input.
constexpr int kGroup = kHasMultiplyAdd ? 1 : 4;

// Fetches the weights that will be due in a while: the hardware's own prefetch alone leaves
// matrices that live in the second-level cache a tenth slower. WASM has no such instruction, but
// engines may not leave out a load.
template <int Floats>
inline void prefetch_after(const float* weights) {
  constexpr int kLineFloats = 16;
  for (int ahead = 0; ahead < Floats; ahead += kLineFloats) {
#if defined(__wasm__)
    static_cast<void>(*static_cast<const volatile float*>(weights + kPrefetchFloats + ahead));
#else
    __builtin_prefetch(weights + kPrefetchFloats + ahead);
#endif
  }
}

// The sum of Count inputs' products, added up in pairs.
template <int Count>
inline FloatV grouped(const float* weights, std::size_t row, const FloatV* inputs) {
  if constexpr (Count == 1) {
    return simd_load(weights) * inputs[0];
  } else {
    return grouped<Count / 2>(weights, row, inputs) +
           grouped<Count / 2>(weights + Count / 2 * row, row, inputs + Count / 2);
  }
}

// One panel of Vectors · kSimdFloats outputs. Narrow panels take several inputs at a time into
// separate sums, so that there is always enough independent work to hide the arithmetic's latency.
template <int Vectors>
void panel_sums(const float* weights, const float* bias, const float* x, int inputs,
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
    prefetch_after<kStep * kRow>(weights);
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
      FloatV input[kGroup];
#pragma GCC unroll 8
      for (int g = 0; g < kGroup; ++g) input[g] = simd_splat(x[i + u * kGroup + g]);
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) {
        const float* column = weights + v * kSimdFloats;
        if constexpr (kGroup == 1) {
          sums[u][v] = simd_multiply_add(simd_load(column), input[0], sums[u][v]);
        } else {
          sums[u][v] += grouped<kGroup>(column, kRow, input);
        }
      }
      weights += kGroup * kRow;
    }
  }
  for (; i < inputs; ++i) {
    const FloatV input = simd_splat(x[i]);
    for (int v = 0; v < Vectors; ++v) {
      sums[0][v] = simd_multiply_add(simd_load(weights + v * kSimdFloats), input, sums[0][v]);
    }
    weights += kRow;
  }
  for (int v = 0; v < Vectors; ++v) {
    FloatV sum = sums[0][v];
    for (int u = 1; u < kUnroll; ++u) sum += sums[u][v];
    result[v] = sum;
  }
}

void finish(FloatV sum, float* y, int count, Epilogue epilogue) {
  std::array<float, kSimdFloats> part{};
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  if (epilogue == Epilogue::kRelu) sum = simd_max(sum, FloatV{});
  if (epilogue == Epilogue::kAccumulate) {
    std::memcpy(part.data(), y, bytes);
    sum += simd_load(part.data());
  }
  simd_store(part.data(), sum);
  std::memcpy(y, part.data(), bytes);
}

template <int Vectors>
void panel(const PackedMatrix& matrix, int first, const float* x, std::span<float> y,
           Epilogue epilogue) {
  FloatV sums[Vectors];
  const std::size_t offset =
      static_cast<std::size_t>(first) * static_cast<std::size_t>(matrix.inputs);
  panel_sums<Vectors>(matrix.weights + offset, matrix.bias + first, x, matrix.inputs, sums);
  for (int v = 0; v < Vectors; ++v) {
    const int begin = first + v * kSimdFloats;
    const int rest = matrix.outputs - begin;
    if (rest >= kSimdFloats) {
      finish(sums[v], &y[static_cast<std::size_t>(begin)], kSimdFloats, epilogue);
    } else {
      finish(sums[v], &y[static_cast<std::size_t>(begin)], rest, epilogue);
    }
  }
}

}  // namespace

void gemv(const PackedMatrix& matrix, std::span<const float> x, std::span<float> y,
          Epilogue epilogue) noexcept {
  constexpr int kPanel = kPanelVectors * kSimdFloats;
  const int padded = padded_outputs(matrix.outputs);
  int first = 0;
  for (; first + kPanel <= padded; first += kPanel) {
    panel<kPanelVectors>(matrix, first, x.data(), y, epilogue);
  }
  switch ((padded - first) / kSimdFloats) {
    case 1:
      return panel<1>(matrix, first, x.data(), y, epilogue);
    case 2:
      return panel<2>(matrix, first, x.data(), y, epilogue);
    case 3:
      return panel<3>(matrix, first, x.data(), y, epilogue);
    case 4:
      if constexpr (kPanelVectors > 4) return panel<4>(matrix, first, x.data(), y, epilogue);
      break;
    case 5:
      if constexpr (kPanelVectors > 5) return panel<5>(matrix, first, x.data(), y, epilogue);
      break;
    case 6:
      if constexpr (kPanelVectors > 6) return panel<6>(matrix, first, x.data(), y, epilogue);
      break;
    case 7:
      if constexpr (kPanelVectors > 7) return panel<7>(matrix, first, x.data(), y, epilogue);
      break;
    default:
      break;
  }
}

}  // namespace sideband
