// A few consecutive frames of some channels, as layers pass them on: rows in memory, not
// necessarily adjacent.
#pragma once

#include <cstddef>
#include <span>

namespace sideband {

template <typename Value>
struct BasicFrames {
  Value* data = nullptr;
  std::size_t channels = 0;
  std::size_t stride = 0;  // values from one frame to the next
  std::size_t count = 0;   // frames

  std::span<Value> operator[](std::size_t n) const { return {data + n * stride, channels}; }

  // A range of channels of every frame.
  BasicFrames slice(std::size_t first, std::size_t width) const {
    return {data + first, width, stride, count};
  }
  BasicFrames first(std::size_t frames) const { return {data, channels, stride, frames}; }

  operator BasicFrames<const Value>() const {  // NOLINT(google-explicit-constructor)
    return {data, channels, stride, count};
  }
};

using Frames = BasicFrames<float>;
using ConstFrames = BasicFrames<const float>;

// Frames that lie one after the other in `memory`.
inline Frames adjacent_frames(std::span<float> memory, std::size_t channels) {
  return {memory.data(), channels, channels, channels == 0 ? 0 : memory.size() / channels};
}

}  // namespace sideband
