// What speaks for another octave than a candidate's, or for two notes instead of it.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/analyzer/harmonic_evidence.h"
#include "core/analyzer/pitch_candidates.h"

namespace sideband {
namespace {

// A period must fit better than its half, third and fifth by this much, or it is a multiple.
constexpr float kLeastExcess = 0.01F;
constexpr float kNoiseExcess = 0.7F;  // times 1 − fit
// Where a much shorter period fits too, the spectrum decides (harmonic_evidence.h).
constexpr float kRivalFit = 0.5F;
constexpr float kRivalPeriod = 0.75F;
constexpr float kMixtureScore = 0.4F;
constexpr float kSecondNote = 0.6F;
constexpr float kInharmonicity = 0.6F;
constexpr float kLeastRoot = 0.35F;  // share of the fundamental in the weak rest: two notes lack it
// A note is not given up for what strays in the noise it has been heard in.
constexpr float kStrayNoise = 3;      // times what has been left unexplained
constexpr float kLeastNoise = 0.03F;  // of it: less may be an echo
constexpr float kNoRise = 0.6F;
constexpr float kSureRise = 0.75F;
constexpr float kFallWeight = 2;

}  // namespace

PitchCandidates::OctaveDoubt PitchCandidates::octave_doubt(
    const LagProducts& products, const CandidateList& found,
    const PitchCandidate& candidate) const noexcept {
  float excess = 1;
  for (const int divisor : {2, 3, 5}) {
    const float part_lag = candidate.period_samples / static_cast<float>(divisor);
    if (part_lag < min_period_) break;
    const float part_fit = short_.at_lag(part_lag);
    const float more = candidate.fit - part_fit;
    excess = std::min(excess, more);
  }
  const float mixed = candidate.mixed_fit();
  const float needed = kLeastExcess + kNoiseExcess * (1 - mixed);
  const float multiple = std::clamp(1 - excess / needed, 0.0F, 1.0F);
  const bool has_rival = std::any_of(
      found.items.begin(), found.items.begin() + found.count, [&](const PitchCandidate& rival) {
        return rival.fit > kRivalFit &&
               rival.period_samples < kRivalPeriod * candidate.period_samples;
      });
  float mixture = 0;
  float root = 0;
  if (has_rival && multiple < 0.5F && candidate.score > kMixtureScore) {
    const float noise =
        is_followed(candidate) ? std::max(0.0F, std::min(1 - mixed, noise_) - kLeastNoise) : 0.0F;
    const HarmonicEvidence evidence =
        harmonic_evidence(products.signal(), candidate.period_samples, kStrayNoise * noise);
    root = std::clamp((evidence.root - kLeastRoot) * 5, 0.0F, 1.0F);
    const float believed = is_followed(candidate) ? another_rises(found, candidate) : 1.0F;
    mixture = std::max((evidence.second_note - kSecondNote) * 5,
                       (evidence.inharmonicity - kInharmonicity) * 4 * believed);
  }
  return {multiple, std::clamp(mixture, 0.0F, 1.0F), root};
}

// Noise, vibrato and echoes make the partials of a note that is held stray too, for all of its
// length. A second note comes up, and in the newest hops the first explains less. 0–1; one hop
// alone proves nothing.
float PitchCandidates::another_rises(const CandidateList& found,
                                     const PitchCandidate& followed) noexcept {
  float highest = 0;
  for (int i = 0; i < found.count; ++i) {
    const PitchCandidate& rival = found.items[static_cast<std::size_t>(i)];
    const float ratio = followed.period_samples / rival.period_samples;
    const bool harmonic = std::abs(ratio - std::rint(ratio)) < kSamePeriod * ratio;
    if (ratio <= 1 / kRivalPeriod || (rival.early && !harmonic)) continue;
    highest = std::max(highest, rival.fit);
  }
  const float fall = followed.long_fit - followed.fit;
  const float rise = highest + kFallWeight * fall;
  return std::clamp((rise - kNoRise) / (kSureRise - kNoRise), 0.0F, 1.0F);
}

// A harmonic that towers over the rest fits nearly as well as the note it belongs to. Once the note
// is proven and leaves clearly less unexplained, the harmonic is nothing to stay with.
float PitchCandidates::part_of_note(const CandidateList& found,
                                    const PitchCandidate& part) noexcept {
  float most = 0;
  for (int i = 0; i < found.count; ++i) {
    const PitchCandidate& note = found.items[static_cast<std::size_t>(i)];
    if (note.proven <= most) continue;
    const float ratio = note.period_samples / part.period_samples;
    const float nearest = std::rint(ratio);
    if (nearest < 2 || std::abs(ratio - nearest) > kSamePeriod * ratio) continue;
    const float needed = kLeastExcess + kNoiseExcess * (1 - note.fit);
    const float excess = (note.fit - part.fit) / needed;
    most = std::max(most, note.proven * std::clamp(excess - 1, 0.0F, 1.0F));
  }
  return most;
}

}  // namespace sideband
