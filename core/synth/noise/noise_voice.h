// Filtered noise at the host's rate: made at 16 kHz, so that every host hears the same noise.
#pragma once

#include <cstdint>
#include <span>

#include "core/inference/controls.h"
#include "core/synth/noise/noise_filter.h"
#include "core/util/arena.h"
#include "core/util/resampler.h"
#include "core/util/status.h"

namespace sideband {

class NoiseVoice {
 public:
  // [any thread] load_step() as in Resampler.
  Status prepare(int output_rate_hz, std::uint32_t seed, Arena& arena);
  bool load_step() noexcept { return resampler_.load_step(); }

  void reset() noexcept;

  // [audio-thread] Adds one hop of noise to `out`. Later than the tone by the filter's 4 ms and, at
  // any rate but 16 kHz, the resampler's 1 ms; the ear does not time noise that closely.
  void render(const Controls& frame, float gain, std::span<float> out) noexcept;

 private:
  NoiseFilter filter_;
  Resampler resampler_;
  std::span<float> waiting_;  // resampled, not yet played: hops of 44.1 kHz differ by one sample
  std::size_t waiting_count_ = 0;
};

}  // namespace sideband
