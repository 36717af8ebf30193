#include "core/analyzer/pitch_path.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/util/portable_math.h"

namespace sideband {
namespace {

constexpr float kMemory = 0.85F;         // of the accumulated score, per hop
constexpr float kUnvoicedScore = 0.55F;  // of a frame without pitch
constexpr float kOnsetCost = 0.1F;
// A few periods of a formant's ringing look like a note in the short window only.
constexpr float kOnsetDoubt = 0.5F;
constexpr float kReleaseCost = 0.3F;
constexpr float kJumpCost = 0.1F;
// A note that ends looks for a moment as if it had become one of its own harmonics or
// subharmonics.
constexpr float kHarmonicJumpCost = 0.2F;
// Noise, or a formant that rings, seems a higher note for a hop or two while the note that is
// followed goes on.
constexpr float kHeldFall = 0.15F;  // of its fit, against that of the long window: it has ended
constexpr float kLeastLeapOctaves = 0.1F;
constexpr float kGlideCostPerOctave = 3.0F;
constexpr float kNoteStepOctaves = 0.04F;
// What is measured is as old as its window and its period make it. A glide is told as it was
// kFrameAgeHops ago, whatever its pitch. The part of a fast glide's speed that is above kSlowGlide
// (20 semitones a second, which vibrato seldom reaches) is told newer than that, unless it is so
// fast that it would be wrong all the same.
constexpr float kSlowGlide = 0.0067F;  // octaves per hop
constexpr float kFastestGlide = 0.15F;
constexpr float kFrameAgeHops = 1.75F;
constexpr float kNewAgeHops = 0.65F;
constexpr float kLeastSpacingHops = 0.3F;
constexpr float kTrustedScore = 0.5F;
constexpr float kJitterOctaves = 0.25F;
constexpr float kLeastShare = 0.25F;
constexpr float kBeginningScore = 0.3F;
constexpr float kRise = 1.2F;  // of the mean square, against that of the last 40 ms
constexpr float kFall = 0.7F;
constexpr float kLevelShare = 0.1F;
constexpr float kEndPenalty = 0.8F;
constexpr int kProvenHops = 4;     // a note that has lasted so long may fall as it likes
constexpr float kSilence = 1e-8F;  // mean square: −80 dB

// Mains hum: 50 or 60 Hz or, from rectifiers, twice that. No note of the equal-tempered scale at
// 440 Hz is within 1 % of them (the nearest, G1 and G2, are 2 % away), and no instrument is played
// this quietly.
constexpr float kHumWidth = 0.01F;
constexpr float kEarlyHumWidth = 0.05F;  // where the newest hop alone gave the period
constexpr float kLoudestHum = 6e-4F;     // mean square: −32 dB
constexpr float kHumPenalty = 0.6F;

// The best candidate's frequency if it is the mains'; 0 if not.
float hum_frequency(const CandidateList& candidates) {
  if (candidates.count == 0 || candidates.level > kLoudestHum) return 0;
  const auto end = candidates.items.begin() + candidates.count;
  const auto best = std::max_element(
      candidates.items.begin(), end,
      [](const PitchCandidate& a, const PitchCandidate& b) { return a.score < b.score; });
  const float f0_hz = kAnalysisRateHz / best->period_samples;
  for (const float mains_hz : {50.0F, 60.0F, 100.0F, 120.0F}) {
    const float width = best->early ? kEarlyHumWidth : kHumWidth;
    if (std::abs(f0_hz - mains_hz) < width * mains_hz) return f0_hz;
  }
  return 0;
}

bool is_multiple(float f0_hz, float of_hz) {
  const float ratio = f0_hz / of_hz;
  return std::abs(ratio - std::rint(ratio)) < kHumWidth * ratio;
}

// What is periodic in T is so in 2 T, 3 T … as well.
bool is_of_hum(float f0_hz, float hum_hz) {
  return is_multiple(f0_hz, hum_hz) || (f0_hz < hum_hz && is_multiple(hum_hz, f0_hz));
}

// How much of the note that has been followed still sounds in the newest hops, 0–1.
float held_share(const CandidateList& candidates, float period) {
  float held = 0;
  for (int i = 0; i < candidates.count; ++i) {
    const PitchCandidate& candidate = candidates.items[static_cast<std::size_t>(i)];
    const bool same = std::abs(candidate.period_samples - period) < kSamePeriod * period;
    if (!same || candidate.early) continue;
    held = std::max(held, 1 - std::max(0.0F, candidate.long_fit - candidate.fit) / kHeldFall);
  }
  return held;
}

}  // namespace

void PitchPath::reset() noexcept {
  *this = PitchPath();
}

void PitchPath::advance(const CandidateList& candidates) noexcept {
  float best_before = -1e9F;
  for (int j = 0; j < count_; ++j) {
    best_before = std::max(best_before, nodes_[static_cast<std::size_t>(j)].total);
  }

  std::array<Node, CandidateList::kMax> next{};
  int best = -1;
  const float hum_hz = hum_frequency(candidates);
  const bool silent = candidates.level < kSilence;
  const float held = held_share(candidates, period_);
  for (int i = 0; i < candidates.count; ++i) {
    const PitchCandidate& candidate = candidates.items[static_cast<std::size_t>(i)];
    Node& node = next[static_cast<std::size_t>(i)];
    node.period_samples = candidate.period_samples;
    node.octave = log2_of(kAnalysisRateHz / candidate.period_samples);
    const float doubt = kOnsetDoubt * std::max(0.0F, candidate.fit - candidate.long_fit);
    const float leap_doubt = voiced_ ? held * doubt : doubt;
    const float resting_doubt = voiced_ ? 0 : doubt;
    float from = unvoiced_total_ * kMemory - kOnsetCost - doubt;
    // Without branches: hardly one would be foreseen.
    for (int j = 0; j < count_; ++j) {
      const Node& before = nodes_[static_cast<std::size_t>(j)];
      const float rise = node.octave - before.octave;
      const float interval = std::abs(rise);
      const float ratio = std::max(node.period_samples, before.period_samples) /
                          std::min(node.period_samples, before.period_samples);
      const bool harmonic = (interval > 0.5F) & is_multiple(ratio, 1);
      // Before a note is heard, leaping from candidate to candidate is no way around the doubt. Nor
      // is it while one is held, except to its harmonics: what is periodic in them is so in it.
      const bool leap = (rise > kLeastLeapOctaves) & !harmonic;
      const float jump =
          (harmonic ? kHarmonicJumpCost : kJumpCost) + (leap ? leap_doubt : resting_doubt);
      const float cost = std::min(jump, kGlideCostPerOctave * interval);
      from = std::max(from, before.total * kMemory - cost);
    }
    float score = silent ? 0.0F : candidate.score;
    if (candidates.ending || (candidate.dying && voiced_hops_ < kProvenHops)) score -= kEndPenalty;
    if (hum_hz > 0 && is_of_hum(kAnalysisRateHz / candidate.period_samples, hum_hz)) {
      score -= kHumPenalty;
    }
    node.total = score + from;
    if (best < 0 || node.total > next[static_cast<std::size_t>(best)].total) best = i;
  }
  unvoiced_total_ =
      kUnvoicedScore + std::max(unvoiced_total_ * kMemory, best_before * kMemory - kReleaseCost);
  nodes_ = next;
  count_ = candidates.count;

  const float lead =
      best < 0 ? -1.0F : nodes_[static_cast<std::size_t>(best)].total - unvoiced_total_;
  confidence_ = 1 / (1 + exp_of(-4 * lead));
  // A note that has just begun is followed at once, before it is certain: what is held otherwise is
  // the pitch of the note before.
  const bool rising = candidates.level > kRise * level_;
  const bool falling = candidates.level < kFall * level_;
  level_ += kLevelShare * (candidates.level - level_);
  const bool beginning = best >= 0 && rising && !silent && !candidates.ending &&
                         candidates.items[static_cast<std::size_t>(best)].score > kBeginningScore;
  if (lead >= 0 || beginning) {
    settle(candidates.items[static_cast<std::size_t>(best)],
           nodes_[static_cast<std::size_t>(best)].octave, falling);
  }
  voiced_ = lead >= 0;
  period_ = voiced_ ? candidates.items[static_cast<std::size_t>(best)].period_samples : 0.0F;
  voiced_hops_ = voiced_ ? std::min(voiced_hops_ + 1, kProvenHops) : 0;
}

// A clean sound's pitch is taken as measured. In noise a measurement jitters by an amount that
// grows with what the period leaves unexplained; changes smaller than that are followed slowly.
void PitchPath::settle(const PitchCandidate& candidate, float octave, bool falling) noexcept {
  const float change = octave - octave_;
  float share = 1;
  if (voiced_ && std::abs(change) > kNoteStepOctaves && candidate.score < kTrustedScore) return;
  // What is left in the windows of a note that has been cut off fits its multiples best.
  if (voiced_ && falling && change < -0.5F && is_multiple(exp2_of(-change), 1)) return;
  if (voiced_ && std::abs(change) < kNoteStepOctaves) {
    const float jitter = kJitterOctaves * (1 - candidate.fit) + 1e-6F;
    share = std::clamp(std::abs(change) / jitter, kLeastShare, 1.0F);
  }
  octave_ += share * change;
  const float spacing = std::max(kLeastSpacingHops, 1 + age_hops_ - candidate.age_hops);
  age_hops_ = candidate.age_hops;
  const float ahead = glide_ahead(share * change / spacing, age_hops_);
  f0_hz_ = std::clamp(exp2_of(octave_ + ahead), kMinF0Hz, kMaxF0Hz);
}

// Three changes in one direction are a glide, as fast as the smallest of them. A larger one is a
// new note.
float PitchPath::glide_ahead(float speed, float age_hops) noexcept {
  speeds_ = {speeds_[1], speeds_[2], speed};
  const auto [lowest, highest] = std::minmax({speeds_[0], speeds_[1], speeds_[2]});
  const float fastest = std::max(-lowest, highest);
  if (!voiced_ || lowest * highest <= 0 || fastest > kFastestGlide) return 0;
  const float slowest = lowest > 0 ? lowest : -highest;
  float ahead;
  if (fastest > kNoteStepOctaves) {
    ahead = slowest * (age_hops - kFrameAgeHops);
  } else {
    ahead = std::min(slowest, kSlowGlide) * std::max(0.0F, age_hops - kFrameAgeHops) +
            std::max(0.0F, slowest - kSlowGlide) * std::max(0.0F, age_hops - kNewAgeHops);
  }
  return std::copysign(1.0F, speed) * ahead;
}

}  // namespace sideband
