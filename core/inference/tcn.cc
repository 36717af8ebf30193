#include "core/inference/tcn.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace sideband {

void ConvHistory::prepare(int channels, int taps, int dilation, Arena& arena) {
  channels_ = static_cast<std::size_t>(channels);
  taps_ = static_cast<std::size_t>(taps);
  dilation_ = static_cast<std::size_t>(dilation);
  oldest_ = 0;
  ring_ = arena.take<float>((taps_ - 1) * dilation_ * channels_);
  window_ = arena.take<float>(taps_ * channels_);
}

void ConvHistory::reset() noexcept {
  std::fill(ring_.begin(), ring_.end(), 0.0F);
  std::fill(window_.begin(), window_.end(), 0.0F);
  oldest_ = 0;
}

std::span<float> ConvHistory::current() noexcept {
  return window_.last(channels_);
}

std::span<const float> ConvHistory::advance() noexcept {
  if (taps_ == 1) return window_;
  const std::size_t frames = (taps_ - 1) * dilation_;
  const std::size_t bytes = channels_ * sizeof(float);
  std::size_t frame = oldest_;
  for (std::size_t tap = 0; tap + 1 < taps_; ++tap) {
    std::memcpy(&window_[tap * channels_], &ring_[frame * channels_], bytes);
    frame += dilation_;
    if (frame >= frames) frame -= frames;
  }
  std::memcpy(&ring_[oldest_ * channels_], current().data(), bytes);
  oldest_ = oldest_ + 1 == frames ? 0 : oldest_ + 1;
  return window_;
}

std::span<Tcn::Block> Tcn::blocks() noexcept {
  return std::span(storage_).first(static_cast<std::size_t>(config_.blocks));
}

std::span<const Tcn::Block> Tcn::blocks() const noexcept {
  return std::span(storage_).first(static_cast<std::size_t>(config_.blocks));
}

void Tcn::prepare(const DecoderConfig& config, TensorTable& table, Arena& arena) {
  config_ = config;
  layers_loaded_ = 0;
  int dilation = 1;
  for (int b = 0; b < config.blocks; ++b) {
    const auto index = static_cast<std::size_t>(b);
    Block& block = storage_[index];
    const bool last = b == config.blocks - 1;
    const int inputs = b == 0 ? config.inputs : config.hidden;
    const int outputs = last ? config.outputs : config.hidden;
    const TensorName name = TensorName("decoder.block.") + b;
    block.conv1.prepare(table, name + ".conv1", {inputs, config.hidden, config.kernel}, false,
                        arena);
    block.conv2.prepare(table, name + ".conv2", {config.hidden, outputs, config.kernel}, false,
                        arena);
    block.has_skip = config.skips[index];
    if (block.has_skip) {
      block.skip.prepare(table, name + ".skip", {inputs, outputs, 1}, true, arena);
    } else if (inputs != outputs) {
      table.fail(Status::error("block ", b, " turns ", inputs, " channels into ", outputs,
                               ", so its entry in 'skips' must be true"));
    }
    block.input.prepare(inputs, config.kernel, dilation, arena);
    block.hidden.prepare(config.hidden, config.kernel, dilation, arena);
    dilation *= config.dilation_base;
  }
}

DenseLayer* Tcn::layer(int n) noexcept {
  for (Block& block : blocks()) {
    const int count = block.has_skip ? 3 : 2;
    if (n < count) return n == 0 ? &block.conv1 : n == 1 ? &block.conv2 : &block.skip;
    n -= count;
  }
  return nullptr;
}

bool Tcn::load_step() noexcept {
  DenseLayer* next = layer(layers_loaded_);
  if (next == nullptr) return false;
  if (!next->load_step()) ++layers_loaded_;
  return layer(layers_loaded_) != nullptr;
}

void Tcn::reset() noexcept {
  for (Block& block : blocks()) {
    block.input.reset();
    block.hidden.reset();
  }
}

void Tcn::run(std::span<const float> input, std::span<float> output) noexcept {
  const std::span<Block> all = blocks();
  std::copy(input.begin(), input.end(), all.front().input.current().begin());
  for (std::size_t b = 0; b < all.size(); ++b) {
    Block& block = all[b];
    const bool last = b + 1 == all.size();
    const std::span<float> y = last ? output : all[b + 1].input.current();
    const std::span<const float> x = block.input.current();
    block.conv1.run(block.input.advance(), block.hidden.current(), Epilogue::kRelu);
    block.conv2.run(block.hidden.advance(), y, last ? Epilogue::kStore : Epilogue::kRelu);
    if (block.has_skip) {
      block.skip.run(x, y, Epilogue::kAccumulate);
    } else {
      for (std::size_t i = 0; i < y.size(); ++i) y[i] += x[i];
    }
  }
}

int Tcn::receptive_field_frames() const noexcept {
  int frames = 1;
  int dilation = 1;
  for (int b = 0; b < config_.blocks; ++b) {
    frames += 2 * (config_.kernel - 1) * dilation;
    dilation *= config_.dilation_base;
  }
  return frames;
}

long Tcn::parameters() const noexcept {
  long sum = 0;
  for (const Block& block : blocks()) {
    sum += block.conv1.parameters() + block.conv2.parameters();
    if (block.has_skip) sum += block.skip.parameters();
  }
  return sum;
}

long Tcn::macs_per_frame() const noexcept {
  long sum = 0;
  for (const Block& block : blocks()) {
    sum += block.conv1.macs() + block.conv2.macs();
    if (block.has_skip) sum += block.skip.macs();
  }
  return sum;
}

}  // namespace sideband
