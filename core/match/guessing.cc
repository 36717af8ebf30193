// The matcher's candidates that the recogniser guesses.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/dx7/curves.h"
#include "core/match/matcher.h"
#include "core/match/voice_codec.h"

namespace sideband::match {

static_assert(Hearing::kPitches <= Recogniser::kPitches);

// As given, or as the recogniser hears it, or by the rule. What the recogniser does not know is
// searched for without it.
double Matcher::when_key_went_up() noexcept {
  Recogniser* recogniser = config_.recogniser;
  if (recogniser != nullptr) {
    const double hold_s = config_.hold_s > 0 ? config_.hold_s : recogniser->key_up_s(target_);
    if (recogniser->knows(target_, hold_s)) return hold_s;
    config_.recogniser = nullptr;
  }
  return config_.hold_s > 0 ? config_.hold_s : key_up_.find(target_);
}

// The pitches that are supposed anyway, by what the ear and the recogniser make of them.
void Matcher::share_out_pitches() noexcept {
  const auto pitches = hearing_.pitches();
  for (std::size_t i = 0; i < pitches.size(); ++i) pitch_share_[i] = pitches[i].probability;
  if (config_.recogniser == nullptr) return;
  std::array<double, Hearing::kPitches> guessed{};  // first Hz, then odds
  for (std::size_t i = 0; i < pitches.size(); ++i) guessed[i] = pitches[i].f0_hz;
  config_.recogniser->listen(target_, heard_.hold_s, std::span(guessed).first(pitches.size()));
  double most = -1e30;
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    most = std::max(most, config_.recogniser->log_odds(i));
  }
  double sum = 0;
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    guessed[i] = std::exp(config_.recogniser->log_odds(i) - most);
    sum += guessed[i];
  }
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    pitch_share_[i] = (pitch_share_[i] + guessed[i] / sum) / 2;
  }
}

// A ratio of this class: a whole one as it is; of the others rather one that is heard.
float Matcher::ratio_of(std::size_t ratio_class, const SupposedPitch& pitch) noexcept {
  const double low = ratio_of_class(ratio_class);
  if (ratio_class < kWholeRatioClasses) return static_cast<float>(low);
  const double high = low * std::exp2(1 / 12.0);
  std::array<float, SupposedPitch::kRatios> heard;
  std::size_t count = 0;
  for (std::size_t i = 0; i < pitch.ratios; ++i) {
    const auto ratio = static_cast<double>(pitch.ratio[i]);
    if (ratio >= low && ratio < high) heard[count++] = pitch.ratio[i];
  }
  if (count > 0) return heard[draw(static_cast<std::uint32_t>(count))];
  const double anywhere =
      low * std::exp2((0.5 + 0.5 * static_cast<double>(random_.uniform())) / 12);
  return static_cast<float>(legal_ratio(anywhere, pitch.f0_hz));
}

void Matcher::guess(Candidate& candidate) noexcept {
  Coefficients& p = candidate.parameters;
  p = {};
  choose_pitch(candidate);
  const SupposedPitch& pitch = hearing_.pitches()[candidate.pitch];
  const Recogniser::Guess guess =
      config_.recogniser->draw(candidate.pitch, config_.algorithm, random_);
  candidate.algorithm = guess.algorithm;
  // Half do without feedback, as always: it is heard least of all, and costs most.
  const double feedback = draw(2) == 0 ? dx7::feedback_gain(guess.feedback) : 0.0;
  set_algorithm(guess.algorithm, static_cast<float>(feedback), p);
  for (std::size_t op = 0; op < kOperators; ++op) {
    p.log2_ratio[op] = std::log2(ratio_of(guess.ratio[op], pitch));
  }
  set_levels(p);
}

}  // namespace sideband::match
