#include "core/synth/noise/noise_voice.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/util/timebase.h"

namespace sideband {

Status NoiseVoice::prepare(int output_rate_hz, std::uint32_t seed, Arena& arena) {
  if (Status status = filter_.prepare(seed, arena); !status) return status;
  if (Status status = resampler_.prepare(kAnalysisRateHz, output_rate_hz, arena); !status) {
    return status;
  }
  const auto hop = static_cast<std::size_t>(HopClock(output_rate_hz).max_hop_samples());
  waiting_ = arena.take<float>(2 * (hop + 2));
  reset();
  return {};
}

void NoiseVoice::reset() noexcept {
  filter_.reset();
  resampler_.reset();
  waiting_count_ = 0;
}

void NoiseVoice::render(const Controls& frame, float gain, std::span<float> out) noexcept {
  std::size_t done = 0;
  while (done < out.size()) {
    if (waiting_count_ < out.size() - done) {
      const auto room = static_cast<std::size_t>(resampler_.outputs_for(kHopSamples));
      if (waiting_count_ + room <= waiting_.size()) {
        std::array<float, kHopSamples> hop;
        filter_.render(std::span<const float, kNoiseBands>(frame.noise_band), gain, hop);
        waiting_count_ +=
            static_cast<std::size_t>(resampler_.process(hop, waiting_.subspan(waiting_count_)));
      }
    }
    const std::size_t count = std::min(waiting_count_, out.size() - done);
    if (count == 0) return;
    for (std::size_t n = 0; n < count; ++n) out[done + n] += waiting_[n];
    std::copy(waiting_.begin() + static_cast<std::ptrdiff_t>(count),
              waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_count_), waiting_.begin());
    waiting_count_ -= count;
    done += count;
  }
}

}  // namespace sideband
