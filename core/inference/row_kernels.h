// What networks do to a row of values beside matrix products. A kind of machine has its own
// (kernels.h); all compute the same within a few units in the last place.
#pragma once

namespace sideband {

// A layer norm's parameters, one per value.
struct NormWeights {
  const float* weight = nullptr;
  const float* bias = nullptr;
};

inline constexpr float kNormEpsilon = 1e-5F;  // PyTorch's

inline constexpr float kLeakySlope = 0.01F;  // of LeakyReLU below 0

struct RowKernels {
  // Pointers and sizes, as the kernels for matrices have them (kernels.h).

  // values = 1 / (1 + e^−values); what is not a number counts as the most negative one.
  void (*sigmoid)(float* values, int size) noexcept;

  // values = 2 · sigmoid(values)^ln 10 + 1e-7, the same.
  void (*exp_sigmoid)(float* values, int size) noexcept;

  // PyTorch's LayerNorm, then LeakyReLU (kLeakySlope).
  void (*norm_leaky_relu)(float* values, int size, const NormWeights& norm) noexcept;

  // One step of the GRU's recurrence (gru.h) from the state before to the one after, which may lie
  // in the same place: `from_input` and `from_state` are the products with biases, three times as
  // wide as the state.
  void (*gru_step)(const float* from_input, const float* from_state, const float* before,
                   float* after, int hidden) noexcept;

  // What a distribution's values, which are above 0, are of their sum, the first `audible` counting
  // kAudible times and the others kMasked times. Rows must not overlap.
  void (*distribute)(const float* values, int size, int audible, float* shares) noexcept;
};

// The original masks partials above Nyquist by adding 1e-4 to a mask of ones and zeros.
inline constexpr float kMasked = 1e-4F;
inline constexpr float kAudible = 1.0F + kMasked;

// Those of the instructions that the program was compiled for.
extern const RowKernels kPortableRowKernels;

}  // namespace sideband
