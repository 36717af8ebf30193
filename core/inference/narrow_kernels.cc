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

// As long as a column of a norm's factor, whatever the target's vectors are.
using Four = float __attribute__((vector_size(16)));

// The values that a piece's columns V are taken times. Of the three norms each waits for the one
// before; what they divide by is multiplied through instead, so that one division is left:
//   s₁ = 1 / n₁,  s₂ = n₁ / n₂,  s₃ = n₂ / n₃,   b₄ = (u, 1, n₁, n₂) / n₃, 1
class Basis {
 public:
  Basis(const InputPiece& piece, float x) : piece_(piece), u_(x - piece.origin) {}

  void first_norm() { n1_ = root_of(column(0) * u_ + column(1), kNormEpsilon); }
  void second_norm() {
    n2_ = root_of(column(2) * u_ + column(3) + column(4) * n1_, kNormEpsilon * n1_ * n1_);
  }
  void third_norm() {
    one_of_n3_ = 1.0F / root_of((column(5) * u_ + column(6)) + column(7) * n1_ + column(8) * n2_,
                                kNormEpsilon * n2_ * n2_);
  }

  // sums += V b₄.
  void add_heard(std::size_t gate, FloatV* sums) const {
    const Panel<InputPiece::kBasis>& panel = piece_.gates[gate];
    const FloatV u = simd_splat(u_);
    const FloatV n1 = simd_splat(n1_);
    const FloatV n2 = simd_splat(n2_);
    const FloatV one_of_n3 = simd_splat(one_of_n3_);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto column = [&](std::size_t n) { return simd_load(&panel[n][v * kLanes]); };
      const FloatV low = simd_multiply_add(column(0), u, column(1));
      const FloatV high = simd_multiply_add(column(2), n1, column(3) * n2);
      sums[v] += simd_multiply_add(low + high, one_of_n3, column(4));
    }
  }

 private:
  Four column(std::size_t n) const { return __builtin_bit_cast(Four, piece_.norm[n]); }

  static float root_of(Four v, float epsilon) {
    const Four squares = v * v;
    return std::sqrt((squares[0] + squares[2]) + (squares[1] + squares[3]) + epsilon);
  }

  const InputPiece& piece_;
  float u_;
  float n1_ = 0;
  float n2_ = 0;
  float one_of_n3_ = 0;
};

// sums += the first `Inputs` rows of the panel · x, for the first `Vectors` of them.
template <std::size_t Inputs, std::size_t Vectors = kVectors, typename Rows>
inline void add_products(const Rows& panel, const float* x, FloatV* sums) {
  static_assert(Inputs % 2 == 0 && Inputs <= std::tuple_size_v<Rows>);
  const float* row = panel[0].data();
#if defined(__wasm__)
  // Two inputs at a time, and compilers must not know where x lies: what they splat of it and keep
  // for the next panel is more than there are registers, and takes twice as long.
  asm("" : "+r"(x));
#pragma clang loop unroll(disable)
  for (std::size_t i = 0; i < Inputs; i += 2) {
    const FloatV one = simd_splat(x[0]);
    const FloatV other = simd_splat(x[1]);
    for (std::size_t v = 0; v < Vectors; ++v) {
      sums[v] += simd_load(row + v * kLanes) * one + simd_load(row + kNarrow + v * kLanes) * other;
    }
    row += 2 * kNarrow;
    x += 2;
  }
#else
  constexpr std::size_t kChains = 4;  // additions wait for each other
  FloatV more[kChains - 1][Vectors]{};
#pragma GCC unroll 18
  for (std::size_t i = 0; i < Inputs; ++i) {
    const FloatV input = simd_splat(x[i]);
    FloatV* to = i % kChains == 0 ? sums : more[i % kChains - 1];
    for (std::size_t v = 0; v < Vectors; ++v) {
      to[v] = simd_multiply_add(simd_load(row + i * kNarrow + v * kLanes), input, to[v]);
    }
  }
  for (std::size_t v = 0; v < Vectors; ++v) {
    sums[v] = (sums[v] + more[0][v]) + (more[1][v] + more[2][v]);
  }
#endif
}

inline void load_row(const std::array<float, kNarrow>& row, FloatV* values) {
  for (std::size_t v = 0; v < kVectors; ++v) values[v] = simd_load(&row[v * kLanes]);
}

inline void multiply(const Panel<kNarrow>& panel, const std::array<float, kNarrow>& bias,
                     const float* x, FloatV* sums) {
  load_row(bias, sums);
  add_products<kNarrow>(panel, x, sums);
}

void listen(const NarrowWeights& weights, const InputPiece& pitch, const InputPiece& loudness,
            const float* inputs, const float* before, float* after) noexcept {
  FloatV past[kNarrowGates][kVectors];
  Basis of_pitch(pitch, inputs[0]);
  Basis of_loudness(loudness, inputs[1]);
  // The norms wait for each other; between them stand products that wait for nothing.
  of_pitch.first_norm();
  of_loudness.first_norm();
  multiply(weights.state[0], weights.state_bias[0], before, past[0]);
  of_pitch.second_norm();
  of_loudness.second_norm();
  multiply(weights.state[1], weights.state_bias[1], before, past[1]);
  of_pitch.third_norm();
  of_loudness.third_norm();
  multiply(weights.state[2], weights.state_bias[2], before, past[2]);
  FloatV heard[kVectors]{};
  for (std::size_t g = 0; g < kNarrowGates; ++g) {
    FloatV* sums = g == 2 ? heard : past[g];
    of_pitch.add_heard(g, sums);
    of_loudness.add_heard(g, sums);
  }
  // What does not wait for each other stands side by side.
  for (std::size_t v = 0; v < kVectors; ++v) {
    heard[v] = simd_multiply_add(simd_gate_sigmoid(past[0][v]), past[2][v], heard[v]);
    past[1][v] = simd_gate_sigmoid(past[1][v]);
  }
  for (std::size_t v = 0; v < kVectors; ++v) {
    const FloatV z = past[1][v];
    const FloatV kept = z * simd_load(before + v * kLanes);
    simd_store(after + v * kLanes, simd_multiply_add(1.0F - z, simd_tanh(heard[v]), kept));
  }
}

// r LeakyReLU(LayerNorm(sums / `scale`)), the sums' mean being 0; returns r, by which the norm
// would have divided the sums. A LeakyReLU of r x is r times that of x, so that a factor may go
// through all layers, and none waits for its division.
inline float norm_times_root(const NarrowWeights::Layer& layer, const FloatV* sums, float scale,
                             float* y) {
  FloatV squares[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) squares[v] = sums[v] * sums[v];
  const float square = simd_sum(sum_in_pairs<kVectors>(squares));
  const float root = std::sqrt(square + (kNarrow * kNormEpsilon) * (scale * scale));
  const FloatV roots = simd_splat(root);
  for (std::size_t v = 0; v < kVectors; ++v) {
    const FloatV weighted = sums[v] * simd_load(&layer.norm_weight[v * kLanes]);
    const FloatV bias = simd_load(&layer.norm_bias[v * kLanes]);
    simd_store(y + v * kLanes, simd_leaky_relu(simd_multiply_add(bias, roots, weighted)));
  }
  return root;
}

// The first `Vectors` of a panel's outputs.
template <std::size_t Vectors>
inline void run_head(const NarrowWeights& weights, int panel, const float* x, float* outputs) {
  const auto p = static_cast<std::size_t>(panel);
  FloatV sums[kVectors];
  load_row(weights.heads_bias[p], sums);
  add_products<kNarrow, Vectors>(weights.heads[p], x, sums);
  for (std::size_t v = 0; v < Vectors; ++v) simd_store(outputs + v * kLanes, sums[v]);
}

void read_out(const NarrowWeights& weights, const float* inputs, float* outputs) noexcept {
  float x[kNarrow];
  FloatV sums[kVectors];
  load_row(weights.out[0].bias, sums);
  add_products<NarrowWeights::kInputs>(weights.out[0].weight, inputs, sums);
  float root = norm_times_root(weights.out[0], sums, 1.0F, x);
  for (std::size_t k = 1; k < weights.out.size(); ++k) {
    const NarrowWeights::Layer& layer = weights.out[k];
    load_row(layer.bias, sums);
    for (FloatV& sum : sums) sum *= root;
    add_products<kNarrow>(layer.weight, x, sums);
    root = norm_times_root(layer, sums, root, x);
  }
  const float factor = NarrowWeights::kHeadsFactor / root;
  for (float& value : x) value *= factor;
  const int whole = weights.outputs / kNarrow;
  float* to = outputs;
  for (int p = 0; p < whole; ++p, to += kNarrow) run_head<kVectors>(weights, p, x, to);
  const int rest = weights.outputs % kNarrow;
  if (rest > kNarrow / 2) {
    run_head<kVectors>(weights, whole, x, to);
  } else if (rest > 0) {
    run_head<(kVectors + 1) / 2>(weights, whole, x, to);
  }
  // Two at a time, of which each waits for what it looks up.
  int o = 0;
  for (; o + kSimdFloats < weights.outputs; o += 2 * kSimdFloats) {
    const FloatV one = simd_exp_sigmoid_at_knot(simd_load(outputs + o));
    const FloatV next = simd_exp_sigmoid_at_knot(simd_load(outputs + o + kSimdFloats));
    simd_store(outputs + o, one);
    simd_store(outputs + o + kSimdFloats, next);
  }
  if (o < weights.outputs) {
    simd_store(outputs + o, simd_exp_sigmoid_at_knot(simd_load(outputs + o)));
  }
}

}  // namespace

const NarrowKernels kPortableNarrowKernels{listen, read_out};

}  // namespace sideband
