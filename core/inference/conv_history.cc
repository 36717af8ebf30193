#include "core/inference/conv_history.h"

#include <algorithm>

#include "core/util/copy_floats.h"

namespace sideband {

void ConvHistory::prepare(int channels, int taps, int dilation, int max_frames, Arena& arena) {
  channels_ = static_cast<std::size_t>(channels);
  taps_ = static_cast<std::size_t>(taps);
  dilation_ = static_cast<std::size_t>(dilation);
  oldest_ = 0;
  ring_ = arena.take<float>((taps_ - 1) * dilation_ * channels_);
  window_ = arena.take<float>(static_cast<std::size_t>(max_frames) * taps_ * channels_);
}

void ConvHistory::reset() noexcept {
  std::fill(ring_.begin(), ring_.end(), 0.0F);
  oldest_ = 0;
}

Frames ConvHistory::current(std::size_t count) noexcept {
  return {window_.data() + (taps_ - 1) * channels_, channels_, taps_ * channels_, count};
}

// The frame `age` frames before the oldest of the current ones, 1 ≤ age ≤ (taps − 1) · dilation.
std::span<const float> ConvHistory::past(std::size_t age) const noexcept {
  const std::size_t frames = (taps_ - 1) * dilation_;
  std::size_t frame = oldest_ + frames - age;
  if (frame >= frames) frame -= frames;
  return ring_.subspan(frame * channels_, channels_);
}

ConstFrames ConvHistory::advance(std::size_t count) noexcept {
  const Frames now = current(count);
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t tap = 0; tap + 1 < taps_; ++tap) {
      const std::size_t age = (taps_ - 1 - tap) * dilation_;
      const float* seen = age <= n ? now[n - age].data() : past(age - n).data();
      copy_floats(seen, channels_, &window_[(n * taps_ + tap) * channels_]);
    }
  }
  const std::size_t frames = (taps_ - 1) * dilation_;
  for (std::size_t n = count > frames ? count - frames : 0; n < count; ++n) {
    copy_floats(now[n].data(), channels_, &ring_[oldest_ * channels_]);
    oldest_ = oldest_ + 1 == frames ? 0 : oldest_ + 1;
  }
  const std::size_t width = taps_ * channels_;
  return {window_.data(), width, width, count};
}

}  // namespace sideband
