#include "core/analyzer/loudness_meter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sideband {
namespace {

constexpr double kPoleHz[4] = {20.598997, 20.598997, 107.65265, 737.86223};
constexpr BiquadCoefficients kAboveNyquist = {1.10390716F, 0.45663809F, -0.02384721F, 0.26214700F,
                                              -0.04666309F};

}  // namespace

LoudnessMeter::LoudnessMeter() : above_nyquist_(kAboveNyquist) {
  for (std::size_t i = 0; i < highpass_.size(); ++i) {
    highpass_[i] = OnePoleHighpass(kPoleHz[i], kAnalysisRateHz);
  }
}

void LoudnessMeter::reset() noexcept {
  for (OnePoleHighpass& section : highpass_) section.reset();
  above_nyquist_.reset();
  energy_.fill(0);
}

void LoudnessMeter::push(std::span<const float> hop) noexcept {
  std::array<float, kHopSamples> weighted;
  std::copy_n(hop.begin(), kHopSamples, weighted.begin());
  for (OnePoleHighpass& section : highpass_) section.process(weighted);
  above_nyquist_.process(weighted);

  const double base = energy_[kHopSamples];
#pragma GCC unroll 4
  for (std::size_t i = 0; i + kHopSamples < energy_.size(); ++i) {
    energy_[i] = energy_[i + kHopSamples] - base;
  }
  double sum = energy_[kHistorySamples - kHopSamples];
  for (std::size_t i = 0; i < kHopSamples; ++i) {
    sum += static_cast<double>(weighted[i]) * static_cast<double>(weighted[i]);
    energy_[kHistorySamples - kHopSamples + 1 + i] = sum;
  }
}

double LoudnessMeter::energy_since(float samples_ago) const noexcept {
  const float position = static_cast<float>(kHistorySamples) - samples_ago;
  const auto index = static_cast<std::size_t>(position);
  const double weight = static_cast<double>(position) - static_cast<double>(index);
  const double before = energy_[index] + weight * (energy_[index + 1] - energy_[index]);
  return energy_[kHistorySamples] - before;
}

float LoudnessMeter::level_db(float period_samples) const noexcept {
  float window = kWindowSamples;
  if (period_samples > 0) {
    const float periods = std::max(1.0F, std::ceil(window / period_samples - 0.01F));
    window = std::min(periods * period_samples, static_cast<float>(kHistorySamples));
  }
  const double mean_square = energy_since(window) / static_cast<double>(window);
  if (!(mean_square > 1e-12)) return kFloorDb;
  return static_cast<float>(10 * std::log10(mean_square));
}

}  // namespace sideband
