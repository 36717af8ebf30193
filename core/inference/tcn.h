// The temporal convolutional network of DDX7, streamed: each convolution is a single matrix product
// over the inputs it remembers.
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
#include <cstddef>
#include <span>

#include "core/inference/conv_history.h"
#include "core/inference/decoder_config.h"
#include "core/inference/frames.h"
#include "core/inference/kernels.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"

namespace sideband {

// Layer: DenseLayer, or XnnpackLayer for batches of frames.
template <typename Layer>
class Tcn {
 public:
  // For calls of at most `max_frames` frames; faults are noted in the table.
  void prepare(const DecoderConfig& config, TensorTable& table, int max_frames, Arena& arena);

  // Packs a piece of the weights; true while there are more.
  bool load_step() noexcept;

  void reset() noexcept;

  // Where the next `count` frames of config.inputs channels go before run().
  Frames input(std::size_t count) noexcept { return blocks().front().input.current(count); }

  // Takes those frames in. output.channels == config.outputs; no scaling yet.
  void run(const Frames& output) noexcept;

  int receptive_field_frames() const noexcept;
  long parameters() const noexcept { return sum_over_layers(&Layer::parameters); }
  long macs_per_frame() const noexcept { return sum_over_layers(&Layer::macs); }

  // The first layer that failed, or null.
  const Layer* failed() const noexcept {
    for (const Block& block : blocks()) {
      for (const Layer* layer : {&block.conv1, &block.conv2, &block.skip}) {
        const bool used = layer != &block.skip || block.has_skip;
        if (used && layer->failed()) return layer;
      }
    }
    return nullptr;
  }

 private:
  struct Block {
    Layer conv1;
    Layer conv2;
    Layer skip;
    bool has_skip = false;
    ConvHistory input;   // of conv1
    ConvHistory hidden;  // of conv2
  };

  std::span<Block> blocks() noexcept {
    return std::span(storage_).first(static_cast<std::size_t>(config_.blocks));
  }
  std::span<const Block> blocks() const noexcept {
    return std::span(storage_).first(static_cast<std::size_t>(config_.blocks));
  }
  // The n-th layer that exists, or null after the last.
  Layer* layer(int n) noexcept;
  long sum_over_layers(long (Layer::*size)() const noexcept) const noexcept;

  DecoderConfig config_;
  std::array<Block, kMaxTcnBlocks> storage_;
  int layers_loaded_ = 0;
};

template <typename Layer>
void Tcn<Layer>::prepare(const DecoderConfig& config, TensorTable& table, int max_frames,
                         Arena& arena) {
  config_ = config;
  layers_loaded_ = 0;
  int dilation = 1;
  for (int b = 0; b < config.blocks; ++b) {
    const auto index = static_cast<std::size_t>(b);
    Block& block = storage_[index];
    const int inputs = b == 0 ? config.inputs : config.hidden;
    const int outputs = b == config.blocks - 1 ? config.outputs : config.hidden;
    const TensorName name = TensorName("decoder.block.") + b;
    const DenseShape first{inputs, config.hidden, config.kernel};
    const DenseShape second{config.hidden, outputs, config.kernel, true};
    block.conv1.prepare(table.take_convolution(name + ".conv1", first), first, arena);
    block.conv2.prepare(table.take_convolution(name + ".conv2", second), second, arena);
    block.has_skip = config.skips[index];
    if (block.has_skip) {
      const DenseShape shape{inputs, outputs};
      block.skip.prepare(table.take_linear(name + ".skip", shape), shape, arena);
    } else if (inputs != outputs) {
      table.fail(Status::error("block ", b, " turns ", inputs, " channels into ", outputs,
                               ", so its entry in 'skips' must be true"));
    }
    block.input.prepare(inputs, config.kernel, dilation, max_frames, arena);
    block.hidden.prepare(config.hidden, config.kernel, dilation, max_frames, arena);
    dilation *= config.dilation_base;
  }
}

template <typename Layer>
Layer* Tcn<Layer>::layer(int n) noexcept {
  for (Block& block : blocks()) {
    const int count = block.has_skip ? 3 : 2;
    if (n < count) return n == 0 ? &block.conv1 : n == 1 ? &block.conv2 : &block.skip;
    n -= count;
  }
  return nullptr;
}

template <typename Layer>
bool Tcn<Layer>::load_step() noexcept {
  Layer* next = layer(layers_loaded_);
  if (next == nullptr) return false;
  if (!next->load_step()) ++layers_loaded_;
  return layer(layers_loaded_) != nullptr;
}

template <typename Layer>
void Tcn<Layer>::reset() noexcept {
  for (Block& block : blocks()) {
    block.input.reset();
    block.hidden.reset();
  }
}

template <typename Layer>
void Tcn<Layer>::run(const Frames& output) noexcept {
  const std::span<Block> all = blocks();
  const std::size_t count = output.count;
  for (std::size_t b = 0; b < all.size(); ++b) {
    Block& block = all[b];
    const bool last = b + 1 == all.size();
    const Frames x = block.input.current(count);
    const Frames y = last ? output : all[b + 1].input.current(count);
    block.conv1.run(block.input.advance(count), block.hidden.current(count), Epilogue::kRelu);
    block.conv2.run(block.hidden.advance(count), y, last ? Epilogue::kStore : Epilogue::kRelu);
    if (block.has_skip) {
      block.skip.run(x, y, Epilogue::kAccumulate);
      continue;
    }
    for (std::size_t n = 0; n < count; ++n) {
      for (std::size_t i = 0; i < y.channels; ++i) y[n][i] += x[n][i];
    }
  }
}

template <typename Layer>
int Tcn<Layer>::receptive_field_frames() const noexcept {
  int frames = 1;
  int dilation = 1;
  for (int b = 0; b < config_.blocks; ++b) {
    frames += 2 * (config_.kernel - 1) * dilation;
    dilation *= config_.dilation_base;
  }
  return frames;
}

template <typename Layer>
long Tcn<Layer>::sum_over_layers(long (Layer::*size)() const noexcept) const noexcept {
  long sum = 0;
  for (const Block& block : blocks()) {
    sum += (block.conv1.*size)() + (block.conv2.*size)();
    if (block.has_skip) sum += (block.skip.*size)();
  }
  return sum;
}

}  // namespace sideband
