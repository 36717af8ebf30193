#include "core/analyzer/input_stage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sideband {
namespace {

// 0.63 ms of delay; flat to 6.5 kHz. What folds down from above 8 kHz stays above 6.5 kHz, where
// neither pitch nor loudness is decided.
constexpr int kResamplerHalfTaps = 10;

}  // namespace

Status InputStage::prepare(int sample_rate_hz, Arena& arena) {
  if (sample_rate_hz < 8000 || sample_rate_hz > 192000) {
    return Status::error("sample rate ", sample_rate_hz, " Hz is outside 8000 to 192000 Hz");
  }
  if (Status status =
          resampler_.prepare(sample_rate_hz, kAnalysisRateHz, arena, kResamplerHalfTaps);
      !status.ok()) {
    return status;
  }
  while (resampler_.load_step()) {
  }
  clock_ = HopClock(sample_rate_hz);
  // A hop may end up to one host sample early, which below 16 kHz is more than one of ours.
  const bool falls_short = sample_rate_hz < kAnalysisRateHz && sample_rate_hz % kFrameRateHz != 0;
  priming_samples_ = falls_short ? 2 : 0;
  delay_s_ = static_cast<double>(resampler_.latency_samples()) / sample_rate_hz +
             static_cast<double>(priming_samples_) / kAnalysisRateHz;
  reset();
  return {};
}

void InputStage::reset() noexcept {
  clock_.reset();
  resampler_.reset();
  samples_until_hop_ = clock_.next_hop_samples();
  queued_ = priming_samples_;
  queue_.fill(0);
  hop_.fill(0);
}

bool InputStage::process(std::span<const float> in) noexcept {
  std::array<float, kChunkSamples> chunk;
  for (std::size_t begin = 0; begin < in.size(); begin += chunk.size()) {
    const std::size_t size = std::min(chunk.size(), in.size() - begin);
    for (std::size_t i = 0; i < size; ++i) {
      const float sample = in[begin + i];
      chunk[i] = std::isfinite(sample) ? std::clamp(sample, -kMaxMagnitude, kMaxMagnitude) : 0.0F;
    }
    const auto queued = static_cast<std::size_t>(queued_);
    queued_ += resampler_.process({chunk.data(), size}, std::span(queue_).subspan(queued));
  }
  samples_until_hop_ -= static_cast<int>(in.size());
  if (samples_until_hop_ > 0) return false;

  samples_until_hop_ = clock_.next_hop_samples();
  std::copy_n(queue_.begin(), kHopSamples, hop_.begin());
  std::copy(queue_.begin() + kHopSamples, queue_.begin() + std::max(queued_, kHopSamples),
            queue_.begin());
  queued_ = std::max(queued_ - kHopSamples, 0);
  return true;
}

}  // namespace sideband
