#include "core/synth/harmonic_noise/harmonic_bank.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/util/fast_math.h"

namespace sideband {
namespace {

constexpr double kFadeBelowNyquist = 0.02;
constexpr float kMaxAmplitude = 1000;
constexpr std::size_t kLanes = 4;
constexpr std::size_t kInPhase = 8;  // partials
constexpr auto kSign = [] {
  std::array<std::int8_t, kHarmonics> sign{};
  for (std::size_t k = 0; k < sign.size(); ++k) {
    sign[k] = k < kInPhase || std::popcount(k & (k >> 1)) % 2 == 0 ? 1 : -1;
  }
  return sign;
}();
// Vectors under way at once: enough to hide the latency of the recurrence, few enough for the
// registers.
#if defined(__AVX__)
constexpr std::size_t kVectors = 4;
#else
constexpr std::size_t kVectors = 2;
#endif

}  // namespace

void HarmonicBank::prepare(int output_rate_hz, int harmonics) noexcept {
  output_rate_hz_ = output_rate_hz;
  harmonics_ = static_cast<std::size_t>(std::clamp(harmonics, 0, kHarmonics));
  reset();
}

void HarmonicBank::reset() noexcept {
  phase_.reset();
  f0_hz_ = 440;
  primed_ = false;
}

double HarmonicBank::amplitude_of(const Controls& frame, std::size_t k) const noexcept {
  const float product = frame.amplitude * frame.harmonic[k];
  if (!std::isfinite(product)) return 0;
  const double position = static_cast<double>(k + 1) * f0_hz_ / (0.5 * output_rate_hz_);
  const double fade = std::clamp((1 - position) / kFadeBelowNyquist, 0.0, 1.0);
  return fade * kSign[k] * std::clamp(product, -kMaxAmplitude, kMaxAmplitude);
}

void HarmonicBank::render(const Controls& frame, std::span<float> out) noexcept {
  if (out.empty()) return;
  const auto samples = static_cast<int>(out.size());
  if (std::isfinite(frame.f0_hz) && frame.f0_hz >= 0) f0_hz_ = frame.f0_hz;
  phase_.begin_hop(f0_hz_ / output_rate_hz_, samples);
  std::size_t highest = 0;
  for (std::size_t k = 0; k < harmonics_; ++k) {
    const double amplitude = amplitude_of(frame, k);
    if (!primed_) start_[k] = amplitude;
    change_[k] = amplitude - start_[k];
    if (amplitude != 0 || start_[k] != 0) highest = k + 1;
  }
  primed_ = true;

  for (std::size_t first = 0; first < out.size(); first += kVectors * kLanes) {
    std::array<Double4, kVectors> fraction;
    std::array<Double4, kVectors> twice_cosine;
    std::array<Double4, kVectors> sine;
    std::array<Double4, kVectors> b1{};
    std::array<Double4, kVectors> b2{};
    OperatorPhase::Lanes lanes = phase_.lanes(first);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto n = static_cast<double>(first + v * kLanes);
      fraction[v] = Double4{n + 1, n + 2, n + 3, n + 4} / static_cast<double>(samples);
      const auto turns = one_plus_turns<Double4>(lanes.phase);
      twice_cosine[v] = 2.0 * cosine_of_turns<Double4, Uint64x4>(turns);
      sine[v] = cosine_of_turns<Double4, Uint64x4>(turns - 1.25);
      lanes.advance();
    }
    for (std::size_t k = highest; k-- > 0;) {
      const double start = start_[k];
      const double change = change_[k];
      for (std::size_t v = 0; v < kVectors; ++v) {
        const Double4 amplitude = start + change * fraction[v];
        const Double4 b = (amplitude - b2[v]) + twice_cosine[v] * b1[v];
        b2[v] = b1[v];
        b1[v] = b;
      }
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Double4 sum = b1[v] * sine[v];
      const std::size_t begin = first + v * kLanes;
      for (std::size_t lane = 0; lane < kLanes && begin + lane < out.size(); ++lane) {
        out[begin + lane] = static_cast<float>(sum[lane]);
      }
    }
  }
  for (std::size_t k = 0; k < harmonics_; ++k) start_[k] += change_[k];
  phase_.end_hop(samples);
}

}  // namespace sideband
