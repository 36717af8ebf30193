// What a causal convolution remembers of its input, and the windows over it that the kernel reads.
#pragma once

#include <cstddef>
#include <span>

#include "core/inference/frames.h"
#include "core/util/arena.h"

namespace sideband {

class ConvHistory {
 public:
  // Memory for calls of at most `max_frames` frames.
  void prepare(int channels, int taps, int dilation, int max_frames, Arena& arena);

  // The past is zero, as PyTorch's zero padding makes it.
  void reset() noexcept;

  // Where the layer before writes the next `count` frames of the input.
  Frames current(std::size_t count) noexcept;

  // For each of those frames, the frames that the convolution sees, end to end, oldest first;
  // remembers the new ones.
  ConstFrames advance(std::size_t count) noexcept;

 private:
  std::span<const float> past(std::size_t age) const noexcept;

  std::span<float> ring_;  // the last (taps − 1) · dilation frames
  std::span<float>
      window_;  // max_frames windows of taps frames, the last of which is the current one
  std::size_t channels_ = 0;
  std::size_t taps_ = 0;
  std::size_t dilation_ = 0;
  std::size_t oldest_ = 0;  // the ring's oldest frame, the next to be overwritten
};

}  // namespace sideband
