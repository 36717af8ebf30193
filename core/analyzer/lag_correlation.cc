#include "core/analyzer/lag_correlation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sideband {
namespace {

constexpr float kSilence = 1e-10F;  // mean square that counts as nothing (−100 dB)

}  // namespace

void LagCorrelation::update(const LagProducts& products,
                            const std::array<LagArray, kMaxWindowHops + 1>& sums) noexcept {
  int lag = 1;
  for (const Step& step : steps_) {
    const LagArray& products_sum = sums[static_cast<std::size_t>(step.hops)];
    const float own_energy =
        products.energy(step.hops, 0) + kSilence * static_cast<float>(step.hops * kHopSamples);
    for (; lag <= std::min(step.max_lag, kMaxLag); ++lag) {
      const auto i = static_cast<std::size_t>(kMaxLag - lag);
      fit_[i] = 2 * products_sum[i] / (own_energy + products.energy(step.hops, lag));
    }
  }
}

float LagCorrelation::at_lag(float lag) const noexcept {
  const float position = static_cast<float>(kMaxLag) - lag;
  const int nearest = std::clamp(static_cast<int>(std::lround(position)), 1, kMaxLag - 2);
  const float x = position - static_cast<float>(nearest);
  const float before = at(nearest - 1);
  const float after = at(nearest + 1);
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
  return {lag - offset, std::min(at(best) - 0.25F * (before - after) * offset, 1.0F)};
}

}  // namespace sideband
