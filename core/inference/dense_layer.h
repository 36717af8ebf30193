// One layer y = W x + b: its tensors in the file, and their packed copy for the kernel, made step
// by step. Tensors that come packed already (models compiled in) are used where they lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/inference/frames.h"
#include "core/inference/kernels.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"

namespace sideband {

class DenseLayer {
 public:
  static constexpr bool kTabulates = kHasMemoryForTables;  // see input_tables.h

  // Takes the memory for the packed copy. The tensors must outlive the last load_step().
  void prepare(const LayerTensors& tensors, const DenseShape& shape, Arena& arena,
               const Kernels& kernels = best_kernels());

  // Packs up to kStepWeights weights; true while there are more.
  bool load_step() noexcept;

  // A weight that was packed is not finite.
  bool failed() const noexcept { return failed_; }
  std::string_view name() const noexcept { return tensors_.weight.tensor.name; }

  // What kNorm has; once prepared.
  void set_norm(const NormWeights& norm) noexcept { matrix_.norm = norm; }
  const NormWeights& norm() const noexcept { return matrix_.norm; }

  // As they lie in the file.
  const LayerTensors& tensors() const noexcept { return tensors_; }

  // x.channels == shape().width(), y.channels == shape().outputs, as many frames in both.
  void run(const ConstFrames& x, const Frames& y, Epilogue epilogue) noexcept {
    for (std::size_t n = 0; n < x.count; ++n) gemv(matrix_, x[n], y[n], epilogue);
  }

  const DenseShape& shape() const noexcept { return shape_; }
  long macs() const noexcept { return static_cast<long>(shape_.width()) * shape_.outputs; }
  long parameters() const noexcept { return macs() + shape_.outputs; }

 private:
  static constexpr int kStepWeights = 32768;  // about 0.1 ms

  void pack_row(int output) noexcept;
  template <typename Element, typename Stored>
  void pack_elements(int output, Stored stored) noexcept;
  void find_units(int output) noexcept;

  DenseShape shape_;
  LayerTensors tensors_;
  std::span<std::byte> packed_;  // empty where the tensor came packed
  std::span<float> bias_;
  std::span<float> scale_;
  std::span<std::int32_t> row_sums_;
  PackedMatrix matrix_;
  int rows_done_ = 0;
  bool failed_ = false;
};

}  // namespace sideband
