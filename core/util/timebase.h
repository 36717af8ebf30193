// The clock every stage shares: analysis and control run at 16 kHz in hops of 64 samples (250 Hz).
#pragma once

namespace sideband {

inline constexpr int kAnalysisRateHz = 16000;
inline constexpr int kHopSamples = 64;  // at kAnalysisRateHz
inline constexpr int kFrameRateHz = kAnalysisRateHz / kHopSamples;

// Hop boundaries at a host rate: hop k spans host samples [start(k), start(k + 1)). At 44.1 kHz
// hops are 176 or 177 samples long; integer arithmetic keeps the grid exact for ever.
class HopClock {
 public:
  explicit HopClock(int host_rate_hz = kAnalysisRateHz) : host_rate_hz_(host_rate_hz) {}

  void reset() noexcept { remainder_ = 0; }

  // Length in host samples of the next hop; advances the clock by one hop.
  int next_hop_samples() noexcept {
    const int total = remainder_ + host_rate_hz_;
    remainder_ = total % kFrameRateHz;
    return total / kFrameRateHz;
  }

  // Longest hop this clock ever returns.
  int max_hop_samples() const noexcept { return (host_rate_hz_ + kFrameRateHz - 1) / kFrameRateHz; }

 private:
  int host_rate_hz_;
  int remainder_ = 0;  // host samples owed, in units of 1 / kFrameRateHz
};

}  // namespace sideband
