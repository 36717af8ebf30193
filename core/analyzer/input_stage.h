// The only code that sees raw input: makes it finite, converts it to 16 kHz and hands it on in
// whole hops.
#pragma once

#include <array>
#include <span>

#include "core/util/arena.h"
#include "core/util/resampler.h"
#include "core/util/status.h"
#include "core/util/timebase.h"

namespace sideband {

class InputStage {
 public:
  // [main-thread]
  Status prepare(int sample_rate_hz, Arena& arena);

  // [audio-thread]
  void reset() noexcept;

  int samples_until_hop() const noexcept { return samples_until_hop_; }

  // [audio-thread] Consumes in.size() ≤ samples_until_hop() host samples. True when that completed
  // a hop, whose kHopSamples samples at 16 kHz are then in hop().
  bool process(std::span<const float> in) noexcept;

  std::span<const float> hop() const noexcept { return {hop_.data(), kHopSamples}; }

  // Delay of hop() against the input, in seconds.
  double delay_s() const noexcept { return delay_s_; }

 private:
  // Input blocks are split to this size, so that one block completes few output samples.
  static constexpr int kChunkSamples = 64;
  static constexpr float kMaxMagnitude = 8.0F;  // +18 dBFS: nothing real is louder
  static constexpr int kQueueSamples = 4 * kHopSamples;

  HopClock clock_;
  Resampler resampler_;
  int samples_until_hop_ = 0;
  int priming_samples_ = 0;  // silence put ahead of the stream where hops could else fall short
  double delay_s_ = 0;
  int queued_ = 0;
  std::array<float, kQueueSamples> queue_{};
  std::array<float, kHopSamples> hop_{};
};

}  // namespace sideband
