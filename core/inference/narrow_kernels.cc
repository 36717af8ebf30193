#include "core/inference/narrow_kernels.h"

#include <array>
#include <cmath>
#include <cstddef>

#include "core/inference/activations.h"
#include "core/inference/norm_in_registers.h"
#include "core/inference/row_kernels.h"
#include "core/util/simd.h"

namespace sideband {
namespace {

constexpr std::size_t kLanes = kSimdFloats;
constexpr std::size_t kVectors = kNarrow / kLanes;  // of a row as wide as the network
static_assert(kNarrow % kLanes == 0);

// For WebAssembly a loop over inputs is not unrolled: what compilers splat of x and keep for the
// next panel is more than there are registers, and takes twice as long. And outputs are scaled
// panel by panel, not all at the end. Elsewhere the reverse is a tenth faster.
#if defined(__wasm__)
constexpr int kUnrolled = 1;
constexpr bool kScalesPanels = true;
#else
constexpr int kUnrolled = 16;
constexpr bool kScalesPanels = false;
#endif

// As long as a column of a norm's factor, whatever the target's vectors are.
using Four = float __attribute__((vector_size(16)));

Four load_four(const std::array<float, 4>& from) {
  return __builtin_bit_cast(Four, from);
}

float scale_of(Four v) {
  const Four squares = v * v;
  return 1.0F / std::sqrt((squares[0] + squares[2]) + (squares[1] + squares[3]) + kNormEpsilon);
}

// b₄ but for its last value, 1.
using Basis = std::array<float, InputPiece::kBasis - 1>;

Basis basis_of(const InputPiece& piece, float x) {
  const auto column = [&](std::size_t n) { return load_four(piece.norm[n]); };
  const float u = x - piece.origin;
  const float s1 = scale_of(column(0) * u + column(1));
  const float s2 = scale_of((column(2) * u + column(3)) * s1 + column(4));
  const float s3 = scale_of(((column(5) * u + column(6)) * s1 + column(7)) * s2 + column(8));
  return {s3 * s2 * s1 * u, s3 * s2 * s1, s3 * s2, s3};
}

// sums += the first `Inputs` rows of the panel · x.
template <std::size_t Inputs, typename Rows>
inline void add_products(const Rows& panel, const float* x, FloatV* sums) {
  static_assert(Inputs % 2 == 0 && Inputs <= std::tuple_size_v<Rows>);
  FloatV others[kVectors]{};  // additions wait for each other
#pragma GCC unroll kUnrolled
  for (std::size_t i = 0; i < Inputs; i += 2) {
    const FloatV one = simd_splat(x[i]);
    const FloatV other = simd_splat(x[i + 1]);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const FloatV weight = simd_load(&panel[i][v * kLanes]);
      const FloatV next = simd_load(&panel[i + 1][v * kLanes]);
      if constexpr (kHasMultiplyAdd) {
        sums[v] = simd_multiply_add(weight, one, sums[v]);
        others[v] = simd_multiply_add(next, other, others[v]);
      } else {
        sums[v] += weight * one + next * other;
      }
    }
  }
  if constexpr (kHasMultiplyAdd) {
    for (std::size_t v = 0; v < kVectors; ++v) sums[v] += others[v];
  }
}

inline void load_row(const std::array<float, kNarrow>& row, FloatV* values) {
  for (std::size_t v = 0; v < kVectors; ++v) values[v] = simd_load(&row[v * kLanes]);
}

inline void multiply(const Panel<kNarrow>& panel, const std::array<float, kNarrow>& bias,
                     const float* x, FloatV* sums) {
  load_row(bias, sums);
  add_products<kNarrow>(panel, x, sums);
}

// V b₄ + sums.
inline void add_heard(const Panel<InputPiece::kBasis>& panel, const Basis& basis, FloatV* sums) {
  const FloatV b0 = simd_splat(basis[0]);
  const FloatV b1 = simd_splat(basis[1]);
  const FloatV b2 = simd_splat(basis[2]);
  const FloatV b3 = simd_splat(basis[3]);
  for (std::size_t v = 0; v < kVectors; ++v) {
    const auto column = [&](std::size_t n) { return simd_load(&panel[n][v * kLanes]); };
    const FloatV low = simd_multiply_add(column(0), b0, column(1) * b1);
    const FloatV high =
        simd_multiply_add(column(2), b2, simd_multiply_add(column(3), b3, column(4)));
    sums[v] += low + high;
  }
}

void listen(const NarrowWeights& weights, const InputPiece& pitch, const InputPiece& loudness,
            const float* inputs, const float* before, float* after) noexcept {
  FloatV past[kNarrowGates][kVectors];
  for (std::size_t g = 0; g < kNarrowGates; ++g) {
    multiply(weights.state[g], weights.state_bias[g], before, past[g]);
  }
  const Basis of_pitch = basis_of(pitch, inputs[0]);
  const Basis of_loudness = basis_of(loudness, inputs[1]);
  FloatV heard[kVectors]{};
  add_heard(pitch.gates[2], of_pitch, heard);
  add_heard(loudness.gates[2], of_loudness, heard);
  for (std::size_t g = 0; g < 2; ++g) {
    add_heard(pitch.gates[g], of_pitch, past[g]);
    add_heard(loudness.gates[g], of_loudness, past[g]);
  }
  for (std::size_t v = 0; v < kVectors; ++v) {
    const FloatV r = simd_sigmoid(past[0][v]);
    const FloatV z = simd_sigmoid(past[1][v]);
    const FloatV n = simd_tanh(r * past[2][v] + heard[v]);
    simd_store(after + v * kLanes, (1.0F - z) * n + z * simd_load(before + v * kLanes));
  }
}

// LeakyReLU(LayerNorm(the sums)), whose mean is 0.
inline void norm(const NarrowWeights::Layer& layer, const FloatV* sums, float* y) {
  FloatV squares[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) squares[v] = sums[v] * sums[v];
  const float variance = simd_sum(sum_in_pairs<kVectors>(squares)) * (1.0F / kNarrow);
  const FloatV scale = simd_splat(1.0F / std::sqrt(variance + kNormEpsilon));
  for (std::size_t v = 0; v < kVectors; ++v) {
    const FloatV weighted = sums[v] * simd_load(&layer.norm_weight[v * kLanes]);
    simd_store(y + v * kLanes,
               simd_leaky_relu(weighted * scale + simd_load(&layer.norm_bias[v * kLanes])));
  }
}

void read_out(const NarrowWeights& weights, const float* inputs, float* outputs) noexcept {
  float x[kNarrow];
  FloatV sums[kVectors];
  load_row(weights.out[0].bias, sums);
  add_products<NarrowWeights::kInputs>(weights.out[0].weight, inputs, sums);
  norm(weights.out[0], sums, x);
  for (std::size_t k = 1; k < weights.out.size(); ++k) {
    const NarrowWeights::Layer& layer = weights.out[k];
    load_row(layer.bias, sums);
    add_products<kNarrow>(layer.weight, x, sums);
    norm(layer, sums, x);
  }
  const auto count = static_cast<std::size_t>(weights.outputs);
  for (std::size_t p = 0; p * kNarrow < count; ++p) {
    multiply(weights.heads[p], weights.heads_bias[p], x, sums);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const FloatV output = kScalesPanels ? simd_exp_sigmoid(sums[v]) : sums[v];
      simd_store(outputs + p * kNarrow + v * kLanes, output);
    }
  }
  for (std::size_t o = 0; !kScalesPanels && o < count; o += kLanes) {
    simd_store(outputs + o, simd_exp_sigmoid(simd_load(outputs + o)));
  }
}

}  // namespace

const NarrowKernels kPortableNarrowKernels{listen, read_out};

}  // namespace sideband
