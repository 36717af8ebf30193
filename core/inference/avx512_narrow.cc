#include "core/inference/avx512_narrow.h"

#if defined(__x86_64__)

#include "core/inference/avx512_activations.h"
#include "core/inference/avx512_vectors.h"
#include "core/inference/row_kernels.h"

namespace sideband::avx512 {
namespace {

static_assert(kNarrow == kLanes);  // a row is a vector

// In every lane 1 / √(|v|² + ε).
SIDEBAND_AVX512 inline __m128 scale_of(__m128 v) {
  __m128 sum = _mm_mul_ps(v, v);
  sum = _mm_add_ps(sum, _mm_permute_ps(sum, 0x4E));
  sum = _mm_add_ps(sum, _mm_permute_ps(sum, 0xB1));
  sum = _mm_add_ps(sum, _mm_set1_ps(kNormEpsilon));
  const __m128 estimate = _mm_rsqrt14_ps(sum);
  const __m128 correction = _mm_fnmadd_ps(_mm_mul_ps(sum, _mm_set1_ps(0.5F)),
                                          _mm_mul_ps(estimate, estimate), _mm_set1_ps(1.5F));
  return _mm_mul_ps(estimate, correction);
}

// What a gate receives of a piece, layer by layer: of each norm only one product waits.
struct FromInput {
  SIDEBAND_AVX512 FromInput(const InputPiece& from, float x) : piece(from) {
    const __m128 at = _mm_set1_ps(x - piece.origin);
    const auto column = [this](std::size_t n)
                            SIDEBAND_AVX512 { return _mm_loadu_ps(piece.norm[n].data()); };
    const __m128 first = _mm_fmadd_ps(column(0), at, column(1));
    const __m128 second = _mm_fmadd_ps(column(2), at, column(3));
    const __m128 third = _mm_fmadd_ps(column(5), at, column(6));
    const __m128 s1 = scale_of(first);
    const __m128 s2 = scale_of(_mm_fmadd_ps(second, s1, column(4)));
    const __m128 s3 = scale_of(_mm_fmadd_ps(_mm_fmadd_ps(third, s1, column(7)), s2, column(8)));
    u = _mm512_broadcastss_ps(at);
    scale1 = _mm512_broadcastss_ps(s1);
    scale2 = _mm512_broadcastss_ps(s2);
    scale3 = _mm512_broadcastss_ps(s3);
  }

  SIDEBAND_AVX512 __m512 operator()(std::size_t gate) const {
    const Panel<InputPiece::kBasis>& panel = piece.gates[gate];
    const auto column = [&panel](std::size_t n)
                            SIDEBAND_AVX512 { return _mm512_loadu_ps(panel[n].data()); };
    __m512 sum = _mm512_fmadd_ps(column(0), u, column(1));
    sum = _mm512_fmadd_ps(sum, scale1, column(2));
    sum = _mm512_fmadd_ps(sum, scale2, column(3));
    return _mm512_fmadd_ps(sum, scale3, column(4));
  }

  const InputPiece& piece;
  __m512 u;
  __m512 scale1;
  __m512 scale2;
  __m512 scale3;
};

SIDEBAND_AVX512 void listen(const NarrowWeights& weights, const InputPiece& pitch,
                            const InputPiece& loudness, const float* inputs, const float* before,
                            float* after) noexcept {
  constexpr std::size_t kGates = kNarrowGates;
  __m512 past[kGates];
  __m512 more[kGates];  // sums of their own, for additions wait for each other
#pragma GCC unroll 3
  for (std::size_t g = 0; g < kGates; ++g) {
    past[g] = _mm512_loadu_ps(weights.state_bias[g].data());
    more[g] = _mm512_setzero_ps();
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kNarrow; i += 2) {
    const __m512 value = _mm512_set1_ps(before[i]);
    const __m512 next = _mm512_set1_ps(before[i + 1]);
#pragma GCC unroll 3
    for (std::size_t g = 0; g < kGates; ++g) {
      const Panel<kNarrow>& panel = weights.state[g];
      past[g] = _mm512_fmadd_ps(_mm512_loadu_ps(panel[i].data()), value, past[g]);
      more[g] = _mm512_fmadd_ps(_mm512_loadu_ps(panel[i + 1].data()), next, more[g]);
    }
  }
  const FromInput of_pitch(pitch, inputs[0]);
  const FromInput of_loudness(loudness, inputs[1]);
  __m512 heard[kGates];
#pragma GCC unroll 3
  for (std::size_t g = 0; g < kGates; ++g) {
    past[g] = _mm512_add_ps(past[g], more[g]);
    heard[g] = _mm512_add_ps(of_pitch(g), of_loudness(g));
  }
  const __m512 r = sigmoid(_mm512_add_ps(heard[0], past[0]));
  const __m512 z = sigmoid(_mm512_add_ps(heard[1], past[1]));
  const __m512 n = tanh(_mm512_fmadd_ps(r, past[2], heard[2]));
  const __m512 h = _mm512_loadu_ps(before);
  _mm512_storeu_ps(after, _mm512_fmadd_ps(z, _mm512_sub_ps(h, n), n));
}

// LeakyReLU(LayerNorm(W x + b)), whose mean before the norm is 0. 1 / √square as in
// reciprocal_root(), and the LeakyReLU's two branches from their own products: what is multiplied
// side by side is waited for once.
template <std::size_t Inputs>
SIDEBAND_AVX512 inline void run_layer(const NarrowWeights::Layer& layer, const float* x, float* y) {
  constexpr std::size_t kSums = 4;
  __m512 sums[kSums];
  sums[0] = _mm512_loadu_ps(layer.bias.data());
#pragma GCC unroll 4
  for (std::size_t s = 1; s < kSums; ++s) sums[s] = _mm512_setzero_ps();
#pragma GCC unroll 18
  for (std::size_t i = 0; i < Inputs; ++i) {
    sums[i % kSums] = _mm512_fmadd_ps(_mm512_loadu_ps(layer.weight[i].data()), _mm512_set1_ps(x[i]),
                                      sums[i % kSums]);
  }
  const __m512 value =
      _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
  const __m512 square = _mm512_add_ps(sum_of_lanes(_mm512_mul_ps(value, value)),
                                      _mm512_set1_ps(kNarrow * kNormEpsilon));
  const __m512 bias = _mm512_loadu_ps(layer.norm_bias.data());
  const __m512 weighted = _mm512_mul_ps(value, _mm512_loadu_ps(layer.norm_weight.data()));
  const __m512 estimate = _mm512_rsqrt14_ps(square);
  const __m512 correction =
      _mm512_fnmadd_ps(_mm512_mul_ps(square, _mm512_set1_ps(0.5F)),
                       _mm512_mul_ps(estimate, estimate), _mm512_set1_ps(1.5F));
  const __m512 slope = _mm512_set1_ps(kLeakySlope);
  const __m512 scaled = _mm512_mul_ps(weighted, estimate);
  _mm512_storeu_ps(y, _mm512_max_ps(_mm512_fmadd_ps(scaled, correction, bias),
                                    _mm512_fmadd_ps(_mm512_mul_ps(scaled, slope), correction,
                                                    _mm512_mul_ps(bias, slope))));
}

SIDEBAND_AVX512 void read_out(const NarrowWeights& weights, const float* inputs,
                              float* outputs) noexcept {
  alignas(64) float first[kNarrow];
  alignas(64) float second[kNarrow];
  run_layer<NarrowWeights::kInputs>(weights.out[0], inputs, first);
  run_layer<kNarrow>(weights.out[1], first, second);
  run_layer<kNarrow>(weights.out[2], second, first);
  constexpr std::size_t kPanels = NarrowWeights::kMostPanels;
  __m512 sums[kPanels];
#pragma GCC unroll 11
  for (std::size_t p = 0; p < kPanels; ++p) {
    sums[p] = _mm512_mul_ps(_mm512_loadu_ps(weights.heads_bias[p].data()),
                            _mm512_set1_ps(1.0F / NarrowWeights::kHeadsFactor));
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kNarrow; ++i) {
    const __m512 value = _mm512_set1_ps(first[i]);
#pragma GCC unroll 11
    for (std::size_t p = 0; p < kPanels; ++p) {
      sums[p] = _mm512_fmadd_ps(_mm512_loadu_ps(weights.heads[p][i].data()), value, sums[p]);
    }
  }
#pragma GCC unroll 11
  for (std::size_t p = 0; p < kPanels; ++p) {
    _mm512_storeu_ps(outputs + p * kNarrow, exp_sigmoid(sums[p]));
  }
}

}  // namespace

const NarrowKernels kNarrowKernels{listen, read_out};

}  // namespace sideband::avx512

#endif
