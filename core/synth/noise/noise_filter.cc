#include "core/synth/noise/noise_filter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/util/correlate.h"
#include "core/util/fast_math.h"

namespace sideband {
namespace {

constexpr float kMaxMagnitude = 1000;
constexpr std::size_t kLanes = 8;

}  // namespace

Status NoiseFilter::prepare(std::uint32_t seed, Arena& arena) {
  seed_ = seed;
  if (Status status = fft_.prepare(static_cast<int>(kTaps), arena); !status) return status;
  for (std::size_t i = 0; i < kTaps; ++i) {
    const double turns = static_cast<double>(i) / kTaps;
    window_[i] = static_cast<float>((0.5 - 0.5 * std::cos(kTwoPi * turns)) / kTaps);
  }
  reset();
  return {};
}

void NoiseFilter::reset() noexcept {
  rng_.reseed(seed_);
  ringing_ = {};
  primed_ = false;
}

void NoiseFilter::design(std::span<const float, kNoiseBands> band) noexcept {
  for (std::size_t b = 0; b < kNoiseBands; ++b) {
    spectrum_[b] = std::isfinite(band[b]) ? std::clamp(band[b], -kMaxMagnitude, kMaxMagnitude) : 0;
  }
  fft_.inverse(spectrum_, zero_phase_);
  for (std::size_t i = 0; i < kTaps; ++i) {
    taps_[i] = zero_phase_[(i + kTaps / 2) % kTaps] * window_[i];
  }
}

void NoiseFilter::render(std::span<const float, kNoiseBands> band, float gain,
                         std::span<float, kHopSamples> out) noexcept {
  if (!std::isfinite(gain)) gain = gain_;
  if (!primed_) gain_ = gain;
  primed_ = true;
  design(band);
  const float slope = (gain - gain_) / kHopSamples;
  std::array<float, kHopSamples> noise;
  for (std::size_t n = 0; n < kHopSamples; ++n) {
    noise[n] = rng_.uniform() * (gain_ + slope * static_cast<float>(n + 1));
  }
#if defined(SIDEBAND_M_PROFILE)
  // Eight outputs at a time, from the samples whose response reaches them; zeros around the taps.
  std::array<float, kLanes + kTaps + 2 * kLanes> padded{};
  std::copy(taps_.begin(), taps_.end(), padded.begin() + kLanes);
  for (std::size_t first = 0; first < ringing_.size(); first += kLanes) {
    const std::size_t begin = first < kTaps ? 0 : (first - kTaps + 1) / kLanes * kLanes;
    const std::size_t end = std::min<std::size_t>(first + kLanes, kHopSamples);
    eight_correlations<-1>(&noise[begin], &padded[kLanes + first - begin],
                           static_cast<int>(end - begin), &ringing_[first], &ringing_[first]);
  }
#else
  for (std::size_t n = 0; n < kHopSamples; ++n) {
    const float x = noise[n];
    for (std::size_t i = 0; i < kTaps; i += kLanes) {
      const auto tap = *reinterpret_cast<const Float8*>(&taps_[i]);
      *reinterpret_cast<Float8Unaligned*>(&ringing_[n + i]) += tap * x;
    }
  }
#endif
  gain_ = gain;
  std::copy_n(ringing_.begin(), kHopSamples, out.begin());
  std::copy(ringing_.begin() + kHopSamples, ringing_.end(), ringing_.begin());
  std::fill(ringing_.end() - kHopSamples, ringing_.end(), 0.0F);
}

}  // namespace sideband
