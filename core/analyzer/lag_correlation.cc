#include "core/analyzer/lag_correlation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/util/portable_math.h"

namespace sideband {
namespace {

constexpr float kSilence = 1e-10F;  // mean square that counts as nothing (−100 dB)

// Below this lag (above 1.3 kHz) the lowpass leaves little but a cosine, and a parabola through its
// samples misses the peak by as much as an octave's evidence.
constexpr float kCosineLag = 12;

// A period this much softer than the next (14 dB) is not looked at: it is the room's.
constexpr float kLeastRise = 0.04F;

// Both means, for which of them it is no processor foresees.
float attack_fit(float sum, float energy, float energy_before) {
  const float rising = std::sqrt(energy * std::max(energy_before, kLeastRise * energy));
  const float decaying = 0.5F * (energy + energy_before);
  return sum / (energy_before > energy ? decaying : rising);
}

}  // namespace

void LagCorrelation::update(const LagProducts& products, std::span<const Step> steps,
                            LagCorrelation& short_window, LagCorrelation& long_window) noexcept {
  int end = kMaxLag;  // of the entries still to do
  for (const Step& step : steps) {
    const int begin = kMaxLag - step.max_lag;
    for (int i = begin; i < end; i += kLagBlock) {
      const int first = std::min(i, end - kLagBlock);  // overlaps entries that are done or come yet
      LagBlock short_sum;
      LagBlock long_sum;
      products.sum_rows(step.short_hops, step.long_hops, first, short_sum, long_sum);
      short_window.normalise(products, step.short_hops, first, short_sum);
      long_window.normalise(products, step.long_hops, first, long_sum);
    }
    end = begin;
  }
}

void LagCorrelation::normalise(const LagProducts& products, int hops, int first,
                               const LagBlock& sum) noexcept {
  const float own_energy =
      products.energy(hops, 0) + kSilence * static_cast<float>(hops * kHopSamples);
  const LagBlock delayed = products.delayed_energy(hops, first);
  float* fit = &fit_[static_cast<std::size_t>(first)];
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kLagBlock; ++v) fit[v] = 2 * sum[v] / (own_energy + delayed[v]);
}

void LagCorrelation::update_attack(const LagProducts& products) noexcept {
  static_assert(kMaxLag % kLagBlock == 0);
  const float energy = products.energy(1, 0) + kSilence * static_cast<float>(kHopSamples);
  for (int first = 0; first < kMaxLag; first += kLagBlock) {
    LagBlock sum;
    products.sum_rows(1, 1, first, sum, sum);
    const LagBlock delayed = products.delayed_energy(1, first);
    for (std::size_t v = 0; v < kLagBlock; ++v) {
      fit_[static_cast<std::size_t>(first) + v] = attack_fit(sum[v], energy, delayed[v]);
    }
  }
}

void LagCorrelation::update_attack(std::span<const float> signal) noexcept {
  LagProducts::correlate(signal, fit_);
  float energy = kSilence * static_cast<float>(kHopSamples);
  for (const float sample : signal.last(kHopSamples)) energy += sample * sample;
  float before = 0;
  for (const float sample : signal.first(kHopSamples)) before += sample * sample;
  LagArray delayed;
  for (std::size_t i = 0; i < delayed.size(); ++i) {
    delayed[i] = before;
    before += signal[i + kHopSamples] * signal[i + kHopSamples] - signal[i] * signal[i];
  }
  for (std::size_t i = 0; i < fit_.size(); ++i) fit_[i] = attack_fit(fit_[i], energy, delayed[i]);
}

float LagCorrelation::at_lag(float lag) const noexcept {
  const float position = static_cast<float>(kMaxLag) - lag;
  const int nearest = std::clamp(static_cast<int>(std::lround(position)), 1, kMaxLag - 2);
  const float x = position - static_cast<float>(nearest);
  const float before = at(nearest - 1);
  const float after = at(nearest + 1);
  if (const float c = 0.5F * (before + after) / at(nearest);
      lag < kCosineLag && at(nearest) > 0 && std::abs(c) < 1) {
    const float s = std::sqrt(1 - c * c);
    const float angle = x * angle_of(s, c);
    const float square = angle * angle;
    const float cosine = 1 - square * (1.0F / 2 - square * (1.0F / 24 - square * (1.0F / 720)));
    const float sine = angle * (1 - square * (1.0F / 6 - square * (1.0F / 120)));
    return at(nearest) * cosine + 0.5F * (after - before) * sine / s;
  }
  return at(nearest) + 0.5F * x * (after - before) +
         0.5F * x * x * (after - 2 * at(nearest) + before);
}

LagCorrelation::Peak LagCorrelation::peak_near(int index) const noexcept {
  int best = std::clamp(index, 1, kMaxLag - 2);
  if (at(best - 1) > at(best)) {
    --best;
  } else if (at(best + 1) > at(best)) {
    ++best;
  }
  best = std::clamp(best, 1, kMaxLag - 2);
  const float before = at(best - 1);
  const float after = at(best + 1);
  const float curvature = before - 2 * at(best) + after;
  const auto lag = static_cast<float>(kMaxLag - best);
  if (!(curvature < 0)) return {lag, at(best)};
  const float offset = std::clamp(0.5F * (before - after) / curvature, -0.5F, 0.5F);
  float fit = at(best) - 0.25F * (before - after) * offset;
  if (const float c = 0.5F * (before + after) / at(best);
      lag < kCosineLag && at(best) > 0 && std::abs(c) < 1) {
    const float slope = 0.5F * (after - before);
    fit = std::sqrt(at(best) * at(best) + slope * slope / (1 - c * c));
  }
  return {lag - offset, std::min(fit, 1.0F)};
}

}  // namespace sideband
