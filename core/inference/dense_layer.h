// One layer y = W x + b: its tensors in the file, and their packed copy for the kernel, made step
// by step.
#pragma once

#include <span>

#include "core/inference/kernels.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"

namespace sideband {

// A convolution over `taps` frames is the same product over the frames laid end to end, oldest
// first.
struct DenseShape {
  int inputs = 0;  // per tap
  int outputs = 0;
  int taps = 1;

  int width() const { return inputs * taps; }
};

class DenseLayer {
 public:
  // Takes `<name>.weight` ([outputs, inputs, taps], or [outputs, inputs] for a single tap when
  // `linear`) and `<name>.bias` from the table, and the memory for the packed copy.
  void prepare(TensorTable& table, const TensorName& name, const DenseShape& shape, bool linear,
               Arena& arena);
  // The same for tensors that are named otherwise.
  void prepare(const WeightTensor& weight, const WeightTensor& bias, const DenseShape& shape,
               Arena& arena);

  // Packs up to kStepWeights weights; true while there are more.
  bool load_step() noexcept;

  // x.size() == shape().width().
  void run(std::span<const float> x, std::span<float> y, Epilogue epilogue) const noexcept {
    gemv(matrix_, x, y, epilogue);
  }

  const DenseShape& shape() const noexcept { return shape_; }
  long macs() const noexcept { return static_cast<long>(shape_.width()) * shape_.outputs; }
  long parameters() const noexcept { return macs() + shape_.outputs; }

 private:
  static constexpr int kStepWeights = 16384;  // tens of microseconds

  void pack_row(int output) noexcept;

  DenseShape shape_;
  WeightTensor weight_;
  WeightTensor bias_;
  std::span<float> packed_weights_;
  std::span<float> packed_bias_;
  PackedMatrix matrix_;
  int rows_done_ = 0;
};

}  // namespace sideband
