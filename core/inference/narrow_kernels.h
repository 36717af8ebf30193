// The two halves of a frame of a GRU 16 wide (narrow_gru.h), each in one function that has what the
// layers hand on in registers, and the weights they read. A kind of machine has its own
// (kernels.h); all compute the same within a few units in the last place.
//
// They may carry what a norm divides by through to the next layers. So that three such factors and
// their squares stay far from the largest float, weights and columns have bounds, fifty times and
// more what the shipped models have.
#pragma once

#include <array>
#include <cstddef>

#include "core/inference/exp_sigmoid.h"

namespace sideband {

inline constexpr int kNarrow = 16;  // the width H that this is for
inline constexpr int kNarrowGates = 3;
inline constexpr float kRootOfNarrow = 4.0F;  // √H

inline constexpr float kLargestWeight = 100.0F;  // of the layers behind the GRU
inline constexpr float kLargestColumn = 1e5F;    // of InputPiece::norm

// Sixteen outputs of a matrix, inputs outermost: a frame reads it front to back.
template <int Inputs>
using Panel = std::array<std::array<float, kNarrow>, Inputs>;

// Where an input is known in closed form (narrow_input.h).
struct alignas(64) InputPiece {
  static constexpr int kBasis = 5;  // values of b₄

  std::array<Panel<kBasis>, kNarrowGates> gates;  // V
  std::array<std::array<float, 4>, 9> norm;  // the columns of all R / √H, of the first layer first
  float origin;                              // u = x − origin
};

// What a norm follows has rows whose mean over the outputs is 0: the norm takes it away anyway. The
// norm's own weights are √H times the layer's: it then divides by √(|W x + b|² + H ε).
struct alignas(64) NarrowWeights {
  static constexpr int kInputs = kNarrow + 2;  // of the first layer behind the GRU
  static constexpr int kMostPanels = 11;       // of the heads
  static constexpr int kMostOutputs = kMostPanels * kNarrow;
  static constexpr float kHeadsFactor = ExpSigmoidTable::kPerUnit;

  struct Layer {
    Panel<kInputs> weight;
    std::array<float, kNarrow> bias;
    std::array<float, kNarrow> norm_weight;
    std::array<float, kNarrow> norm_bias;
  };

  std::array<Panel<kNarrow>, kNarrowGates> state;
  std::array<std::array<float, kNarrow>, kNarrowGates> state_bias;
  std::array<Layer, 3> out;
  std::array<Panel<kNarrow>, kMostPanels> heads;
  std::array<std::array<float, kNarrow>, kMostPanels> heads_bias;  // · kHeadsFactor
  int outputs;                                                     // of the heads
};

// Pointers, as the kernels for matrices have them (kernels.h).
struct NarrowKernels {
  // A step of the GRU from the state before to the one after, which may lie in the same place.
  // `inputs`: pitch and loudness, and the pieces that they are in.
  void (*listen)(const NarrowWeights& weights, const InputPiece& pitch, const InputPiece& loudness,
                 const float* inputs, const float* before, float* after) noexcept;

  // `inputs`: the state, pitch and loudness. `outputs`: the heads', as RowKernels::exp_sigmoid
  // scales them, in a place that has room for kMostOutputs.
  void (*read_out)(const NarrowWeights& weights, const float* inputs, float* outputs) noexcept;
};

// Of the instructions that the program was compiled for.
extern const NarrowKernels kPortableNarrowKernels;

}  // namespace sideband
