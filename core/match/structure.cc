// The global stage of the matcher: what gradients cannot find.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/match/matcher.h"
#include "core/match/voice_codec.h"

namespace sideband::match {
namespace {

constexpr std::array<float, 16> kWholeRatios{0.5F, 1, 2,  3,  4,  5,  6,  7,
                                             8,    9, 10, 11, 12, 13, 14, 15};
constexpr float kFreshFeedback = 0.03F;

}  // namespace

// Variations of a candidate with the loss each has as it stands.
template <std::size_t kMost>
struct Matcher::Trials {
  std::array<double, kMost> loss;
  std::size_t count = 0;

  // One of them, the better the likelier.
  std::size_t choose(Rng& random) const noexcept {
    constexpr double kSteepnessDb = 0.35;
    double least = 1e30;
    for (std::size_t i = 0; i < count; ++i) least = std::min(least, loss[i]);
    const auto weight = [&](std::size_t i) { return std::exp((least - loss[i]) / kSteepnessDb); };
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += weight(i);
    double left = (0.5 + 0.5 * static_cast<double>(random.uniform())) * sum;
    for (std::size_t i = 0; i + 1 < count; ++i) {
      left -= weight(i);
      if (left <= 0) return i;
    }
    return count - 1;
  }
};

// The loudness of the whole as every operator's course.
void Matcher::set_levels(Coefficients& p) noexcept {
  p.pitch_rate.fill(0);
  for (std::size_t op = 0; op < kOperators; ++op) {
    p.envelope[op] = heard_.level;
    p.rate[op] = heard_.rate;
    if (p.carrier[op] > 0) {
      p.level[op] = std::min(heard_.peak_level + random_.uniform(), 0.0F);
    } else {
      p.level[op] = -3 + 1.5F * random_.uniform();
      // A modulator's index falls less than a carrier's loudness.
      for (std::size_t i = 1; i < 3; ++i) p.envelope[op][i] *= 0.4F;
      for (std::size_t i = 1; i < 3; ++i) p.rate[op][i] -= 1;
    }
  }
}

// The likelier the more often; those that populations have been stuck with, less.
void Matcher::choose_pitch(Candidate& candidate) noexcept {
  const auto pitches = hearing_.pitches();
  const auto weight = [&](std::size_t i) { return pitch_share_[i] / (1 + 2 * stuck_[i]); };
  double sum = 0;
  for (std::size_t i = 0; i < pitches.size(); ++i) sum += weight(i);
  double left = (0.5 + 0.5 * static_cast<double>(random_.uniform())) * sum;
  candidate.pitch = 0;
  while (candidate.pitch + 1 < pitches.size() && (left -= weight(candidate.pitch)) > 0) {
    ++candidate.pitch;
  }
  candidate.parameters.log2_f0 = static_cast<float>(std::log2(pitches[candidate.pitch].f0_hz));
}

// One of the ratios between the harmonics, the first the likelier.
std::size_t Matcher::likely_ratio(const SupposedPitch& pitch) noexcept {
  const float far = 0.5F + 0.5F * random_.uniform();
  return std::min(static_cast<std::size_t>(far * far * static_cast<float>(pitch.ratios)),
                  pitch.ratios - 1);
}

float Matcher::random_ratio(const Candidate& candidate) noexcept {
  constexpr std::array<float, 20> kCommon{0.5F, 1, 1, 1, 1, 1, 2, 2,  2,  3,
                                          3,    4, 5, 6, 7, 8, 9, 10, 12, 14};
  const SupposedPitch& pitch = hearing_.pitches()[candidate.pitch];
  if (draw(4) == 0 && pitch.ratios > 0) return pitch.ratio[likely_ratio(pitch)];
  if (draw(8) == 0 && heard_.partials > 0) {
    const auto scale = static_cast<float>(heard_.f0_hz / pitch.f0_hz);
    const float heard = heard_.partial[draw(static_cast<std::uint32_t>(heard_.partials))];
    return static_cast<float>(legal_ratio(static_cast<double>(scale * heard), pitch.f0_hz));
  }
  return kCommon[draw(static_cast<std::uint32_t>(kCommon.size()))];
}

void Matcher::try_ratios(Candidate& candidate, std::size_t op,
                         const LossWeights& weights) noexcept {
  constexpr std::size_t kHeard = 16;
  Coefficients& p = candidate.parameters;
  const float before = p.log2_ratio[op];
  Trials<kWholeRatios.size() + kHeard> trials;
  std::array<float, kWholeRatios.size() + kHeard> log2_ratio{};
  const auto attempt = [&](float value) {
    if (std::abs(value - before) < 1e-4F) return;
    p.log2_ratio[op] = value;
    log2_ratio[trials.count] = value;
    trials.loss[trials.count++] = sketch_.parts.loss_of(p, weights).total;
  };
  for (const float ratio : kWholeRatios) attempt(std::log2(ratio));
  const SupposedPitch& pitch = hearing_.pitches()[candidate.pitch];
  // The likeliest ones, and some of the others.
  for (std::size_t i = 0; i < std::min(kHeard, pitch.ratios); ++i) {
    const bool first = i < kHeard / 2 || pitch.ratios <= kHeard;
    attempt(std::log2(pitch.ratio[first ? i : likely_ratio(pitch)]));
  }
  p.log2_ratio[op] = log2_ratio[trials.choose(random_)];
  steps_ += static_cast<long>(trials.count);
}

// Another routing for the same operators. An operator that modulates no longer is heard, one that
// is heard no longer modulates, and the sum stays as loud as it was: what is left is what the
// routing itself makes of them.
void Matcher::rewire(Candidate& candidate, int algorithm, float feedback) const noexcept {
  constexpr float kModulator = -3;  // doublings
  Coefficients& p = candidate.parameters;
  const std::array<float, kOperators> before = p.carrier;
  set_algorithm(algorithm, feedback, p);
  candidate.algorithm = algorithm;
  float gained = 0;
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (before[op] > 0 && p.carrier[op] > 0) gained = std::log2(before[op] / p.carrier[op]);
  }
  for (std::size_t op = 0; op < kOperators; ++op) {
    const bool was_heard = before[op] > 0;
    const bool is_heard = p.carrier[op] > 0;
    if (was_heard && is_heard) p.level[op] += gained;
    if (was_heard == is_heard) continue;
    const float loudest = *std::max_element(p.envelope[op].begin(), p.envelope[op].end());
    p.level[op] = (is_heard ? heard_.peak_level : kModulator) - loudest;
  }
}

// The gain of the feedback as it is.
float Matcher::feedback_of(const Candidate& candidate) noexcept {
  const Coefficients& p = candidate.parameters;
  for (std::size_t to = 0; to < kOperators; ++to) {
    for (std::size_t from = 0; from <= to; ++from) {
      if (p.gain[to][from] > 0) return p.gain[to][from];
    }
  }
  return 0;
}

// Two operators change places, with their levels and courses or only with their ratios.
void Matcher::swap_operators(Coefficients& p, std::size_t a, std::size_t b, bool whole) noexcept {
  std::swap(p.log2_ratio[a], p.log2_ratio[b]);
  if (!whole) return;
  std::swap(p.level[a], p.level[b]);
  std::swap(p.envelope[a], p.envelope[b]);
  std::swap(p.rate[a], p.rate[b]);
}

void Matcher::try_algorithms(Candidate& candidate, const LossWeights& weights) noexcept {
  if (config_.algorithm > 0) return;
  Trials<32> trials;
  const Candidate before = candidate;
  const float feedback = fresh_feedback(before);
  for (int algorithm = 1; algorithm <= 32; ++algorithm) {
    candidate = before;
    rewire(candidate, algorithm, feedback);
    const bool same = algorithm == before.algorithm;
    trials.loss[trials.count++] =
        same ? 1e30 : sketch_.parts.loss_of(candidate.parameters, weights).total;
  }
  candidate = before;
  rewire(candidate, 1 + static_cast<int>(trials.choose(random_)), feedback);
  steps_ += 32;
}

// The routing and the places of two operators at once, in some of the algorithms.
void Matcher::try_places(Candidate& candidate, const LossWeights& weights) noexcept {
  constexpr std::size_t kAlgorithms = 6;
  constexpr std::size_t kPairs = kOperators * (kOperators - 1) / 2;
  struct Change {
    int algorithm;
    std::size_t a, b;
  };
  Trials<kAlgorithms * kPairs> trials;
  std::array<Change, kAlgorithms * kPairs> tried;
  const Candidate before = candidate;
  const float feedback = fresh_feedback(before);
  const bool whole = draw(2) == 0;
  for (std::size_t i = 0; i < (config_.algorithm > 0 ? 1 : kAlgorithms); ++i) {
    const int algorithm = i == 0 ? before.algorithm : any_algorithm();
    candidate = before;
    if (i > 0) rewire(candidate, algorithm, feedback);
    for (std::size_t a = 0; a < kOperators; ++a) {
      for (std::size_t b = a + 1; b < kOperators; ++b) {
        swap_operators(candidate.parameters, a, b, whole);
        tried[trials.count] = {algorithm, a, b};
        trials.loss[trials.count++] = sketch_.parts.loss_of(candidate.parameters, weights).total;
        swap_operators(candidate.parameters, a, b, whole);
      }
    }
  }
  const std::size_t chosen = trials.choose(random_);
  candidate = before;
  if (chosen >= kPairs) rewire(candidate, tried[chosen].algorithm, feedback);
  swap_operators(candidate.parameters, tried[chosen].a, tried[chosen].b, whole);
  steps_ += static_cast<long>(trials.count);
}

// As it is, or a little, or none.
float Matcher::fresh_feedback(const Candidate& candidate) noexcept {
  const float now = feedback_of(candidate);
  if (now > 0 && draw(2) == 0) return now;
  return draw(2) == 0 ? kFreshFeedback : 0.0F;
}

// Somebody new: random, and then each operator in turn at the ratio that sounds best.
void Matcher::fresh(Candidate& candidate, const LossWeights& weights) noexcept {
  if (config_.recogniser != nullptr && draw(4) != 0) {
    guess(candidate);
    return;
  }
  candidate.algorithm = any_algorithm();
  Coefficients& p = candidate.parameters;
  p = {};
  // Half do without feedback, which costs as much as all the rest: operators then run as vectors.
  set_algorithm(candidate.algorithm, draw(2) == 0 ? kFreshFeedback : 0.0F, p);
  choose_pitch(candidate);
  for (float& log2_ratio : p.log2_ratio) log2_ratio = std::log2(random_ratio(candidate));
  set_levels(p);
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (draw(2) == 0) try_ratios(candidate, op, weights);
  }
}

// The same but for an operator's ratio or two, the algorithm, or the operators' places.
void Matcher::change(Candidate& candidate, const LossWeights& weights) noexcept {
  constexpr float kUnheard = -5;
  const std::uint32_t kind = draw(10);
  if (kind < 6) {
    const std::uint32_t operators = 1 + draw(4) / 3;
    for (std::uint32_t i = 0; i < operators; ++i) {
      const std::size_t op = draw(kOperators);
      float& level = candidate.parameters.level[op];
      if (level < kUnheard || draw(3) == 0) level = -2.5F + 1.5F * random_.uniform();
      try_ratios(candidate, op, weights);
    }
  } else if (kind < 8) {
    try_algorithms(candidate, weights);
  } else {
    try_places(candidate, weights);
  }
}

}  // namespace sideband::match
