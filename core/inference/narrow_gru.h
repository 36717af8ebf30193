// The harmonic + noise decoder 16 wide, whose layers are so small that calling them and passing
// values through memory takes longer than their products: one function for each half of a frame,
// with weights as floats, whatever the file has, and inputs in pieces (narrow_input.h).
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/inference/dense_layer.h"
#include "core/inference/kernels.h"
#include "core/inference/narrow_input.h"
#include "core/inference/narrow_kernels.h"
#include "core/util/arena.h"

namespace sideband {

class NarrowGru {
 public:
  // The decoder's layers (gru.h), loaded.
  struct Source {
    std::array<const DenseLayer*, 3> pitch;
    std::array<const DenseLayer*, 3> loudness;
    std::array<const DenseLayer*, 3> out;
    const DenseLayer* input_gates;
    const DenseLayer* state_gates;
    std::array<const DenseLayer*, 3> heads;
  };

  // Whether a decoder of this width and so many outputs may be one.
  static bool fits(int hidden, int outputs) {
    return hidden == kNarrow && outputs <= NarrowWeights::kMostOutputs;
  }

  static constexpr std::size_t bytes() {
    return sizeof(NarrowWeights) + Arena::kAlignment + 2 * NarrowInput::bytes();
  }
  void prepare(Arena& arena, const Kernels& kernels = best_kernels());

  // A tenth of a millisecond's work at most; true while there is more.
  bool load_step(const Source& source) noexcept;

  // Before the last step, with more pieces than there is room for or larger values than the bounds
  // (narrow_kernels.h), the layers must do.
  bool ready() const noexcept { return ready_; }

  // See NarrowKernels.
  void listen(const float* inputs, const float* before, float* after) noexcept {
    kernels_->listen(*weights_, pitch_.piece_at(inputs[0]), loudness_.piece_at(inputs[1]), inputs,
                     before, after);
  }

  // See NarrowKernels.
  void read_out(const float* inputs, float* outputs) const noexcept {
    kernels_->read_out(*weights_, inputs, outputs);
  }

 private:
  void read(const Source& source) noexcept;

  const NarrowKernels* kernels_ = nullptr;
  NarrowWeights* weights_ = nullptr;
  NarrowInput pitch_;
  NarrowInput loudness_;
  bool read_ = false;
  bool within_bounds_ = false;
  bool ready_ = false;
};

}  // namespace sideband
