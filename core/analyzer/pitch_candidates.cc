#include "core/analyzer/pitch_candidates.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sideband {
namespace {

constexpr float kSilence = 1e-10F;  // mean square that counts as nothing (−100 dB)

// A window must hold about one period, and some milliseconds of any sound.
int short_window_hops(int lag) {
  return lag <= 176 ? 3 : lag <= 240 ? 4 : 5;
}
int long_window_hops(int lag) {
  return lag <= 128 ? 6 : lag <= 240 ? 8 : 10;
}

struct Peak {
  float offset;  // towards later entries, in entries
  float value;
};

Peak parabola(float before, float at, float after) {
  const float curvature = before - 2 * at + after;
  if (!(curvature < 0)) return {0, at};
  const float offset = std::clamp(0.5F * (before - after) / curvature, -0.5F, 0.5F);
  return {offset, at - 0.25F * (before - after) * offset};
}

}  // namespace

void PitchCandidates::prepare(float min_f0_hz, float max_f0_hz) {
  min_period_ = kAnalysisRateHz / max_f0_hz;
  max_period_ = kAnalysisRateHz / min_f0_hz;
}

void PitchCandidates::reset() noexcept {}

void PitchCandidates::find(const LagProducts& products, CandidateList& found) noexcept {
  found.count = 0;
  found.level = products.energy(3, 0) / (3.0F * kHopSamples);

  LagArray sum = products.row(0);
  sums_[1] = sum;
  for (int hops = 2; hops <= kMaxWindowHops; ++hops) {
    const LagArray& row = products.row(hops - 1);
    for (std::size_t i = 0; i < kMaxLag; ++i) sum[i] += row[i];
    sums_[static_cast<std::size_t>(hops)] = sum;
  }
  const auto fill = [&](Window& window, int (*hops_for)(int)) {
    for (int i = 0; i < kMaxLag; ++i) {
      const int lag = kMaxLag - i;
      const int hops = hops_for(lag);
      const float energy = products.energy(hops, 0) + products.energy(hops, lag) +
                           kSilence * static_cast<float>(hops * kHopSamples);
      window.fit[static_cast<std::size_t>(i)] =
          2 * sums_[static_cast<std::size_t>(hops)][static_cast<std::size_t>(i)] / energy;
    }
  };
  fill(short_, short_window_hops);
  fill(long_, long_window_hops);

  const int first = std::max(1, kMaxLag - static_cast<int>(std::ceil(max_period_)) - 1);
  const int last = std::min(kMaxLag - 2, kMaxLag - static_cast<int>(min_period_) + 1);
  constexpr float kMinFit = 0.3F;
  const auto collect = [&](const LagArray& fit) {
    for (int i = first; i <= last; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (fit[at] < kMinFit || fit[at] < fit[at - 1] || fit[at] <= fit[at + 1]) continue;
      const Peak peak = parabola(fit[at - 1], fit[at], fit[at + 1]);
      PitchCandidate candidate;
      candidate.period_samples = static_cast<float>(kMaxLag - i) - peak.offset;
      if (candidate.period_samples < min_period_ * 0.98F ||
          candidate.period_samples > max_period_ * 1.02F) {
        continue;
      }
      const auto value_in = [&](const LagArray& other) {
        // Largest of the neighbours, interpolated: the peaks of both windows differ a little.
        std::size_t best = at;
        if (other[at - 1] > other[best]) best = at - 1;
        if (other[at + 1] > other[best]) best = at + 1;
        if (best < 1 || best + 1 >= kMaxLag) return other[best];
        return parabola(other[best - 1], other[best], other[best + 1]).value;
      };
      candidate.fit = std::min(value_in(short_.fit), 1.0F);
      candidate.long_fit = std::min(value_in(long_.fit), 1.0F);
      bool known = false;
      for (int c = 0; c < found.count; ++c) {
        const float ratio =
            found.items[static_cast<std::size_t>(c)].period_samples / candidate.period_samples;
        known = known || std::abs(ratio - 1) < 0.02F;
      }
      if (known) continue;
      const float fit_mix = std::max(candidate.fit, candidate.long_fit - 0.1F);
      const float octaves = std::log2(candidate.period_samples / min_period_);
      candidate.score = fit_mix - (0.015F + 0.15F * (1 - fit_mix)) * octaves * 0.5F;
      if (found.count < CandidateList::kMax) {
        found.items[static_cast<std::size_t>(found.count++)] = candidate;
        continue;
      }
      auto worst = std::min_element(
          found.items.begin(), found.items.end(),
          [](const PitchCandidate& a, const PitchCandidate& b) { return a.score < b.score; });
      if (worst->score < candidate.score) *worst = candidate;
    }
  };
  collect(short_.fit);
  collect(long_.fit);
  for (int c = 0; c < found.count; ++c) {
    PitchCandidate& candidate = found.items[static_cast<std::size_t>(c)];
    candidate.period_samples = refine(products, candidate.period_samples);
  }
}

// Short periods are measured over several of them, so that the span stays about 16 ms.
float PitchCandidates::refine(const LagProducts& products, float period) const noexcept {
  constexpr float kSpan = 136;
  int multiple = 1;
  float refined = period;
  while (true) {
    const int next = std::min(multiple * 2, static_cast<int>(kSpan / refined));
    if (next <= multiple) break;
    multiple = next;
    const int centre =
        kMaxLag - static_cast<int>(std::lround(refined * static_cast<float>(multiple)));
    auto best = static_cast<std::size_t>(centre);
    const LagArray& fit = short_.fit;
    for (int i = centre - 1; i <= centre + 1; ++i) {
      if (fit[static_cast<std::size_t>(i)] > fit[best]) best = static_cast<std::size_t>(i);
    }
    if (best < 1 || best + 1 >= kMaxLag) break;
    const Peak peak = parabola(fit[best - 1], fit[best], fit[best + 1]);
    refined = (static_cast<float>(kMaxLag) - static_cast<float>(best) - peak.offset) /
              static_cast<float>(multiple);
  }
  (void)products;
  return refined;
}

}  // namespace sideband
