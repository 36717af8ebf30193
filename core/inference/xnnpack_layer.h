// One layer y = W x + b on XNNPACK's fully-connected operator: for batches of frames, off the audio
// thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "core/inference/frames.h"
#include "core/inference/kernels.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"

struct xnn_operator;

namespace sideband {

// Readies the library; false where it does not support the machine.
bool initialize_xnnpack();

class XnnpackLayer {
 public:
  static constexpr bool kTabulates = false;  // see input_tables.h; batches are exact

  void prepare(const LayerTensors& tensors, const DenseShape& shape, Arena& arena);
  bool load_step() noexcept;
  void set_norm(const NormWeights& norm) noexcept { norm_ = norm; }
  void run(const ConstFrames& x, const Frames& y, Epilogue epilogue) noexcept;

  // After loading: a weight is not finite. Later: a call to XNNPACK failed, which only a lack of
  // memory explains; outputs since are meaningless.
  bool failed() const noexcept { return failed_; }
  std::string_view name() const noexcept { return tensors_.weight.tensor.name; }

  const DenseShape& shape() const noexcept { return shape_; }
  long macs() const noexcept { return static_cast<long>(shape_.width()) * shape_.outputs; }
  long parameters() const noexcept { return macs() + shape_.outputs; }

 private:
  struct Deleter {
    void operator()(xnn_operator* object) const;
  };

  bool multiply(const ConstFrames& x, const Frames& y, bool relu);

  DenseShape shape_;
  LayerTensors tensors_;
  const RowKernels* rows_ = best_kernels().rows;
  NormWeights norm_;
  std::vector<float> weights_;  // row by row, frames of a convolution end to end
  std::vector<float> bias_;
  std::vector<float> product_;  // where the product is to be added
  // An operator is made for these strides and this activation, and for this many frames.
  std::unique_ptr<xnn_operator, Deleter> operator_;
  std::size_t input_stride_ = 0;
  std::size_t output_stride_ = 0;
  std::size_t frames_ = 0;
  bool relu_ = false;
  bool failed_ = false;
};

}  // namespace sideband
