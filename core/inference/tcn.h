// The temporal convolutional network of DDX7, streamed: one frame in, one frame out, each
// convolution a single matrix-vector product over its remembered inputs.
//
// Block b, with dilation d = dilation_base^b (both its convolutions have it):
//   y   = conv2(relu(conv1(x)))
//   y   = relu(y), but not in the last block
//   out = y + (skips[b] ? skip(x) : x)          skip is a 1×1 convolution
// All convolutions are causal: frame n sees frames n, n − d, … n − (kernel − 1)·d of its input, and
// every input (the hidden ones too) counts as zero before time 0, which is PyTorch's zero padding
// of each convolution. Blocks go inputs → hidden → … → hidden → outputs.
#pragma once

#include <array>
#include <span>

#include "core/inference/decoder_config.h"
#include "core/inference/dense_layer.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"

namespace sideband {

// The past inputs of one convolution, and the window that the kernel reads.
class ConvHistory {
 public:
  void prepare(int channels, int taps, int dilation, Arena& arena);
  void reset() noexcept;

  // Where the layer before writes this frame's input.
  std::span<float> current() noexcept;

  // Lays out the frames the convolution sees, oldest first, and remembers the current one.
  std::span<const float> advance() noexcept;

 private:
  std::span<float> ring_;    // (taps − 1) · dilation past frames
  std::span<float> window_;  // taps frames, the last of them is the current one
  std::size_t channels_ = 0;
  std::size_t taps_ = 0;
  std::size_t dilation_ = 0;
  std::size_t oldest_ = 0;  // frame of the ring that is (taps − 1) · dilation old
};

class Tcn {
 public:
  void prepare(const DecoderConfig& config, TensorTable& table, Arena& arena);
  bool load_step() noexcept;
  void reset() noexcept;

  // input.size() == config.inputs, output.size() == config.outputs; raw outputs, before any
  // scaling.
  void run(std::span<const float> input, std::span<float> output) noexcept;

  int receptive_field_frames() const noexcept;
  long parameters() const noexcept;
  long macs_per_frame() const noexcept;

 private:
  struct Block {
    DenseLayer conv1;
    DenseLayer conv2;
    DenseLayer skip;
    bool has_skip = false;
    ConvHistory input;   // of conv1
    ConvHistory hidden;  // of conv2
  };

  std::span<Block> blocks() noexcept;
  std::span<const Block> blocks() const noexcept;
  // The n-th layer that exists, or null after the last.
  DenseLayer* layer(int n) noexcept;

  DecoderConfig config_;
  std::array<Block, kMaxTcnBlocks> storage_;
  int layers_loaded_ = 0;
};

}  // namespace sideband
