// The matcher's candidates that the recogniser guesses.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/dx7/curves.h"
#include "core/match/matcher.h"
#include "core/match/voice_codec.h"

namespace sideband::match {

static_assert(Hearing::kPitches <= Recogniser::kPitches);

// The pitches that are supposed anyway, by what both make of them.
void Matcher::ask_recogniser() noexcept {
  const auto pitches = hearing_.pitches();
  std::array<double, Hearing::kPitches> f0_hz{};
  for (std::size_t i = 0; i < pitches.size(); ++i) f0_hz[i] = pitches[i].f0_hz;
  config_.recogniser->listen(target_, heard_.hold_s, std::span(f0_hz).first(pitches.size()));
  double most = -1e30;
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    most = std::max(most, config_.recogniser->log_odds(i));
  }
  double sum = 0;
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    guessed_pitch_[i] = std::exp(config_.recogniser->log_odds(i) - most);
    sum += guessed_pitch_[i];
  }
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    guessed_pitch_[i] = (guessed_pitch_[i] / sum + pitches[i].probability) / 2;
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
  const auto pitches = hearing_.pitches();
  double left = 0.5 + 0.5 * static_cast<double>(random_.uniform());
  candidate.pitch = 0;
  while (candidate.pitch + 1 < pitches.size() && (left -= guessed_pitch_[candidate.pitch]) > 0) {
    ++candidate.pitch;
  }
  const SupposedPitch& pitch = pitches[candidate.pitch];
  const Recogniser::Guess guess =
      config_.recogniser->draw(candidate.pitch, config_.algorithm, random_);
  candidate.algorithm = guess.algorithm;
  Coefficients& p = candidate.parameters;
  p = {};
  set_algorithm(guess.algorithm, static_cast<float>(dx7::feedback_gain(guess.feedback)), p);
  p.log2_f0 = static_cast<float>(std::log2(pitch.f0_hz));
  for (std::size_t op = 0; op < kOperators; ++op) {
    p.log2_ratio[op] = std::log2(ratio_of(guess.ratio[op], pitch));
  }
  set_levels(p);
}

}  // namespace sideband::match
