#include "core/analyzer/rising_note.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace sideband {
namespace {

// What the old note does not explain must be so much more than lately, and such a share of all.
// Echoes of older notes do not rise.
constexpr float kRise = 10;
constexpr float kLeastShare = 0.063F;  // −12 dB
constexpr float kFit = 0.88F;
constexpr float kKeptFit = 0.7F;      // of a note that was already found
constexpr float kKeptPeriod = 0.06F;  // relative distance from one hop to the next
constexpr float kLongestPeriod = 160;
constexpr float kLeastPeak = 0.3F;
constexpr float kShortestShare = 0.9F;  // of the highest peak: longer ones are multiples
// The old note, an ending one, is not subtracted with less than this: a least-squares gain would
// fall with the new note's rise.
constexpr float kLeastRepeated = 0.85F;

// A note that is swelling or whose pitch moves leaves harmonics and subharmonics of its own. Those
// of half its frequency, its fifth too, are believed on better evidence. Nearer than two semitones
// it may have slid, unless the loudness changes too.
constexpr float kHarmonicWidth = 0.04F;
constexpr float kNearest = 1.13F;
constexpr float kNearestApart = 1.045F;
constexpr float kApart = 1.25F;  // 1 dB
constexpr float kHalfFit = 0.95F;
constexpr float kHalfShare = 0.2F;
constexpr float kHighestHalf = 5;

bool is_whole(float ratio) {
  return std::abs(ratio - std::rint(ratio)) < kHarmonicWidth * ratio;
}

// Lagrange's cubic through four samples, a fraction back from the second.
struct Delay {
  int whole;
  float before, at, after, last;

  explicit Delay(float samples) noexcept : whole(static_cast<int>(samples)) {
    const float x = samples - static_cast<float>(whole);
    before = x * (1 - x) * (x - 2) / 6;
    at = (x + 1) * (x - 1) * (x - 2) / 2;
    after = (x + 1) * x * (2 - x) / 2;
    last = (x + 1) * x * (x - 1) / 6;
  }

  float operator()(const float* newest) const noexcept {
    const float* x = newest - whole;
    return before * x[1] + at * x[0] + after * x[-1] + last * x[-2];
  }
};

}  // namespace

void RisingNote::reset() noexcept {
  period_ = 0;
  hops_ = 0;
}

void RisingNote::find(const LagProducts& products, float followed_period, float min_period,
                      float max_period) noexcept {
  const bool known = period_ > 0;
  if (!known) old_period_ = followed_period;
  const int needed = kSpanSamples + static_cast<int>(old_period_) + 2;
  if (followed_period <= 0 || needed > static_cast<int>(products.signal().size())) {
    reset();
    return;
  }
  const NewestHop hop = compare(products);
  const float least = *std::min_element(unexplained_.begin(), unexplained_.end());
  const bool settled = hops_ == static_cast<int>(unexplained_.size());
  unexplained_ = {unexplained_[1], unexplained_[2], hop.unexplained};
  if (!settled) ++hops_;
  const float share = hop.unexplained / (hop.energy + 1e-12F);
  if (share < kLeastShare || (!known && !(settled && hop.unexplained > kRise * least))) {
    if (known) reset();
    return;
  }
  subtract(products, hop.repeated);
  correlation_.update_attack(beyond_);
  const LagCorrelation::Peak peak =
      shortest_period(min_period, std::min(max_period, kLongestPeriod));
  if (known) {
    if (peak.fit < kKeptFit || std::abs(peak.lag - period_) > kKeptPeriod * period_) {
      reset();
      return;
    }
  } else if (peak.fit < kFit || is_of_old_note(peak, share, hop.change)) {
    return;
  }
  period_ = peak.lag;
  fit_ = peak.fit;
}

RisingNote::NewestHop RisingNote::compare(const LagProducts& products) noexcept {
  const Delay delay(old_period_);
  const std::span<const float> hop = products.signal().last(kHopSamples);
  NewestHop newest{};
  std::array<float, kHopSamples> old;
  float cross = 0;
  float old_energy = 0;
  for (std::size_t n = 0; n < hop.size(); ++n) {
    old[n] = delay(&hop[n]);
    cross += hop[n] * old[n];
    old_energy += old[n] * old[n];
    newest.energy += hop[n] * hop[n];
  }
  old_energy += 1e-9F;
  newest.repeated = std::clamp(cross / old_energy, kLeastRepeated, 1.0F);
  newest.change = std::max(newest.energy / old_energy, old_energy / (newest.energy + 1e-9F));
  for (std::size_t n = 0; n < hop.size(); ++n) {
    const float beyond = hop[n] - newest.repeated * old[n];
    newest.unexplained += beyond * beyond;
  }
  return newest;
}

void RisingNote::subtract(const LagProducts& products, float repeated) noexcept {
  const Delay delay(old_period_);
  const std::span<const float> signal = products.signal().last(kSpanSamples);
  for (std::size_t n = 0; n < signal.size(); ++n) {
    beyond_[n] = signal[n] - repeated * delay(&signal[n]);
  }
}

LagCorrelation::Peak RisingNote::shortest_period(float min_period,
                                                 float max_period) const noexcept {
  const int first = std::max(1, kMaxLag - static_cast<int>(max_period));
  const int last = std::min(kMaxLag - 2, kMaxLag - static_cast<int>(std::ceil(min_period)));
  float highest = 0;
  for (int i = first; i <= last; ++i) {
    if (correlation_.has_peak(i, kLeastPeak)) highest = std::max(highest, correlation_.at(i));
  }
  for (int i = last; i >= first; --i) {
    if (!correlation_.has_peak(i, kLeastPeak)) continue;
    const LagCorrelation::Peak peak = correlation_.peak_near(i);
    if (peak.fit > kShortestShare * highest) return peak;
  }
  return {0, 0};
}

bool RisingNote::is_of_old_note(const LagCorrelation::Peak& peak, float share,
                                float change) const noexcept {
  const float ratio = std::max(peak.lag / old_period_, old_period_ / peak.lag);
  const float nearest = change > kApart ? kNearestApart : kNearest;
  if (ratio < nearest || is_whole(ratio)) return true;
  return ratio < kHighestHalf && is_whole(2 * ratio) && (peak.fit < kHalfFit || share < kHalfShare);
}

}  // namespace sideband
