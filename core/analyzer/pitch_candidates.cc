#include "core/analyzer/pitch_candidates.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

#include "core/util/portable_math.h"

namespace sideband {
namespace {

// The short window holds about one period: it is as early as can be. The long one steadies the
// list of candidates in noise.
constexpr LagCorrelation::Step kWindows[] = {
    {128, 2, 6}, {130, 2, 8}, {200, 3, 8}, {240, 4, 8}, {kMaxLag, 5, 10}};

// Below this fit a note is changing, or noisy. The newest hop alone then tells the new pitch a hop
// or two earlier, if not as surely.
constexpr float kChangingFit = 0.92F;
constexpr float kAttackDiscount = 0.04F;
constexpr float kNewsExcess = 0.12F;  // over the long window: what is in both is no news

constexpr float kMinFit = 0.3F;  // no candidate below
constexpr float kRefineSpanSamples = 120;

// Every multiple of a period fits as well as the period itself, up to noise; these keep the
// shortest.
constexpr float kOctaveBias = 0.015F;       // per octave of period length above the next
constexpr float kUnbiasedPeriod = 8;        // samples
constexpr float kNoiseOctaveBias = 0.075F;  // the same, times 1 − fit
// What speaks against a candidate (octave_doubt.cc). A note is not begun that was a mixture a
// moment ago.
constexpr float kMultiplePenalty = 0.3F;
constexpr float kMixturePenalty = 0.5F;
constexpr float kPartPenalty = 0.1F;
constexpr float kDoubtMemory = 0.7F;  // per hop
constexpr float kSteadyFit = 0.9F;    // in the long window: below, a note may be beginning
constexpr float kNoiseShare = 0.05F;
// A note that rises over another (rising_note.h), until it is heard without such help.
constexpr float kSameRisingPeriod = 0.03F;
constexpr float kHeardFit = 0.95F;
constexpr float kHeardScore = 0.8F;
constexpr float kProven = 0.5F;
constexpr float kProvenFit = 0.9F;
constexpr float kHiddenPenalty = 0.4F;

// A note that has lost 17 dB within 20 ms has been stopped; what still rings is not played.
constexpr int kEndHops = 3;
constexpr int kEndSamples = 320;
constexpr float kEndRatio = 0.02F;
// Nor is what remains 30 dB below a peak that is allowed to decay by 150 dB/s (a plucked string
// loses less than 100).
constexpr float kRingRatio = 0.001F;
constexpr float kEnvelopeDecay = 0.871F;  // 0.6 dB per hop
// What loses 3 dB in a hop would be gone within 80 ms: a key's click, not a string.
constexpr float kDyingRatio = 0.5F;

// A product is as old as half its lag more than the sample it begins with.
float age_in_hops(int window_hops, float lag) {
  return 0.5F * (static_cast<float>(window_hops) + lag / kHopSamples);
}

int short_window_hops(float lag) {
  for (const LagCorrelation::Step& step : kWindows) {
    if (lag <= static_cast<float>(step.max_lag)) return step.short_hops;
  }
  return std::end(kWindows)[-1].short_hops;
}

bool better(const PitchCandidate& a, const PitchCandidate& b) {
  return a.score > b.score;
}

}  // namespace

void PitchCandidates::prepare(float min_f0_hz, float max_f0_hz) noexcept {
  min_period_ = kAnalysisRateHz / max_f0_hz;
  max_period_ = kAnalysisRateHz / min_f0_hz;
}

void PitchCandidates::reset() noexcept {
  envelope_ = 0;
  followed_period_ = 0;
  noise_ = 0;
  rising_note_.reset();
  past_doubts_.fill({});
}

void PitchCandidates::find(const LagProducts& products, float followed_period,
                           CandidateList& found) noexcept {
  followed_period_ = followed_period;
  LagCorrelation::update(products, kWindows, short_, long_);

  found.count = 0;
  attack_ = false;
  const float energy = products.energy(kEndHops, 0);
  envelope_ = std::max(energy, envelope_ * kEnvelopeDecay);
  found.ending = energy < kEndRatio * products.energy(kEndHops, kEndSamples) ||
                 energy < kRingRatio * envelope_;
  found.level = products.energy(3, 0) / (3.0F * kHopSamples);
  collect(short_, found);
  attack_ = changing(found);
  if (attack_) {
    newest_.update_attack(products);
    found.count = 0;
    collect(short_, found);
    collect(newest_, found);
  }
  collect(long_, found);
  std::array<PastDoubt, CandidateList::kMax> doubts{};
  for (int i = 0; i < found.count; ++i) {
    PitchCandidate& candidate = found.items[static_cast<std::size_t>(i)];
    OctaveDoubt doubt = octave_doubt(products, found, candidate);
    if (!is_followed(candidate)) {
      doubt.mixture = std::max(doubt.mixture, kDoubtMemory * remembered_mixture(candidate));
    }
    doubts[static_cast<std::size_t>(i)] = {candidate.period_samples,
                                           candidate.long_fit > kSteadyFit ? doubt.mixture : 0};
    candidate.score -= kMultiplePenalty * doubt.multiple + kMixturePenalty * doubt.mixture;
    candidate.proven = doubt.root * (1 - doubt.multiple) * (1 - doubt.mixture);
    const int hops = 1 + static_cast<int>(candidate.period_samples) / kHopSamples;
    candidate.dying = products.energy(hops, 0) < kDyingRatio * products.energy(hops, kHopSamples);
    if (is_followed(candidate)) noise_ += kNoiseShare * (1 - candidate.mixed_fit() - noise_);
    refine(candidate);
  }
  past_doubts_ = doubts;
  for (int i = 0; i < found.count; ++i) {
    PitchCandidate& candidate = found.items[static_cast<std::size_t>(i)];
    candidate.score -= kPartPenalty * part_of_note(found, candidate);
  }
  add_rising(products, found);
}

// A strong harmonic can rise first, or be what the old note's comb leaves.
bool PitchCandidates::is_harmonic_of_proven(const CandidateList& found, float period) noexcept {
  return std::any_of(
      found.items.begin(), found.items.begin() + found.count, [&](const PitchCandidate& note) {
        const float ratio = note.period_samples / period;
        const float nearest = std::rint(ratio);
        return nearest >= 2 && std::abs(ratio - nearest) < kSameRisingPeriod * ratio &&
               note.proven > kProven && note.fit > kProvenFit;
      });
}

// While a new note rises over the one that is followed, all else that fits is the old note or a
// mixture of both.
void PitchCandidates::add_rising(const LagProducts& products, CandidateList& found) noexcept {
  rising_note_.find(products, followed_period_, min_period_, max_period_);
  const float period = rising_note_.period_samples();
  if (period == 0) return;
  const auto begin = found.items.begin();
  const auto end = begin + found.count;
  PitchCandidate* place = nullptr;
  for (auto known = begin; known != end; ++known) {
    const bool same = std::abs(known->period_samples - period) < kSameRisingPeriod * period;
    if (same && (place == nullptr || better(*known, *place))) place = &*known;
  }
  const bool heard = place != nullptr && place->fit > kHeardFit && place->score > kHeardScore;
  if (heard || is_harmonic_of_proven(found, period)) {
    rising_note_.reset();
    return;
  }
  for (auto known = begin; known != end; ++known) known->score -= kHiddenPenalty;
  if (place == nullptr) {
    place = found.count < CandidateList::kMax
                ? &found.items[static_cast<std::size_t>(found.count++)]
                : &*std::max_element(begin, end, better);
  }
  *place = {};
  place->period_samples = period;
  place->early = true;
  place->fit = rising_note_.fit() - kAttackDiscount;
  place->long_fit = place->fit;
  place->score = place->fit;
  place->age_hops = age_in_hops(1, period);
}

bool PitchCandidates::is_followed(const PitchCandidate& candidate) const noexcept {
  return std::abs(followed_period_ - candidate.period_samples) <
         kSamePeriod * candidate.period_samples;
}

// How much of a mixture the same period was a hop ago.
float PitchCandidates::remembered_mixture(const PitchCandidate& candidate) const noexcept {
  float mixture = 0;
  for (const PastDoubt& past : past_doubts_) {
    if (std::abs(past.period_samples - candidate.period_samples) <
        kSamePeriod * candidate.period_samples) {
      mixture = std::max(mixture, past.mixture);
    }
  }
  return mixture;
}

bool PitchCandidates::changing(const CandidateList& found) const noexcept {
  return std::none_of(found.items.begin(), found.items.begin() + found.count,
                      [](const PitchCandidate& known) { return known.fit >= kChangingFit; });
}

void PitchCandidates::collect(const LagCorrelation& correlation,
                              CandidateList& found) const noexcept {
  const int first = std::max(1, kMaxLag - static_cast<int>(std::ceil(max_period_)) - 1);
  const int last = std::min(kMaxLag - 2, kMaxLag - static_cast<int>(min_period_) + 1);
  for (int i = first; i <= last; ++i) {
    if (!correlation.has_peak(i, kMinFit)) continue;
    PitchCandidate candidate;
    candidate.period_samples = correlation.peak_near(i).lag;
    const float period = candidate.period_samples;
    if (period < min_period_ * 0.98F || period > max_period_ * 1.02F) continue;
    const auto known_end = found.items.begin() + found.count;
    if (std::any_of(found.items.begin(), known_end, [&](const PitchCandidate& known) {
          return std::abs(known.period_samples - period) < kSamePeriod * period;
        })) {
      continue;
    }
    candidate.fit = short_.peak_near(i).fit;
    candidate.long_fit = long_.peak_near(i).fit;
    if (attack_) {
      const LagCorrelation::Peak peak = newest_.peak_near(i);
      candidate.early =
          peak.fit - kAttackDiscount > candidate.fit && peak.fit - kNewsExcess > candidate.long_fit;
      if (candidate.early) {
        candidate.fit = peak.fit - kAttackDiscount;
        candidate.period_samples = peak.lag;
      }
    }
    const float mixed = candidate.mixed_fit();
    const float octaves = log2_of(period / kUnbiasedPeriod);
    candidate.score = mixed - (kOctaveBias + kNoiseOctaveBias * (1 - mixed)) * octaves;
    if (found.count < CandidateList::kMax) {
      found.items[static_cast<std::size_t>(found.count++)] = candidate;
    } else if (const auto worst = std::max_element(found.items.begin(), known_end, better);
               better(candidate, *worst)) {
      *worst = candidate;
    }
  }
}

// Short periods are measured over several of them: the error is divided by their number, and the
// span measured is about as long for every note.
void PitchCandidates::refine(PitchCandidate& candidate) const noexcept {
  float& period = candidate.period_samples;
  if (candidate.early) {
    candidate.age_hops = age_in_hops(1, period);
    return;
  }
  int multiple = 1;
  for (;;) {
    const int next = std::min(multiple * 2, static_cast<int>(kRefineSpanSamples / period));
    if (next <= multiple) break;
    multiple = next;
    const auto multiples = static_cast<float>(multiple);
    period = short_.peak_near(kMaxLag - static_cast<int>(std::lround(period * multiples))).lag /
             multiples;
  }
  const float span = period * static_cast<float>(multiple);
  candidate.age_hops = age_in_hops(short_window_hops(span), span);
}

}  // namespace sideband
