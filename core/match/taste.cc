#include "core/match/taste.h"

#include <algorithm>
#include <cmath>

#include "core/dx7/curves.h"
#include "core/match/update_laws.h"
#include "core/synth/fm/algorithms.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr std::size_t kSamples = kAnalysisRateHz;  // a second, its key up after three quarters
constexpr double kStepOctaves = 0.25;
constexpr double kMostLouderDb = 6;
// Numbers in a dump by which a step of the policy moves: output level, levels 2 and 3, rates 1
// to 4.
constexpr std::array<float, 7> kSpread{5, 6, 6, 5, 5, 5, 5};
constexpr std::array<std::size_t, 7> kField{16, 5, 6, 0, 1, 2, 3};
constexpr std::size_t kFeedbackField = 135;
constexpr std::size_t kOperatorFields = 21;

bool carries(const dx7::Voice& voice, std::size_t op) {
  const std::string_view carriers = kDx7Algorithms[voice.algorithm].carriers;
  return carriers.find(static_cast<char>('1' + op)) != std::string_view::npos;
}

}  // namespace

bool Taste::prepare(const dx7::Voice& voice, int midi_note, std::uint32_t seed, Arena& arena) {
  midi_note_ = midi_note;
  random_.reseed(seed);
  sound_ = arena.take<float>(kSamples);
  if (!meter_.prepare(arena) || arena.exhausted()) return false;
  note_.prepare(kAnalysisRateHz);
  drift_ = {};
  pasts_ = 0;
  Heard heard;
  if (!hear(dx7::limited(voice), heard)) return false;
  take(dx7::limited(voice));
  return true;
}

bool Taste::hear(const dx7::Voice& voice, Heard& heard) noexcept {
  note_.start(voice, midi_note_, 100);
  note_.render(sound_.first(kSamples * 3 / 4));
  note_.key_up();
  note_.render(sound_.subspan(kSamples * 3 / 4));
  double power = 1e-20;
  for (const float x : sound_) power += static_cast<double>(x) * x / kSamples;
  heard.level_db = 10 * std::log10(power);
  return meter_.measure(sound_, heard.timbre);
}

void Taste::take(const dx7::Voice& voice) noexcept {
  voice_ = voice;
  Heard heard;
  hear(voice, heard);
  timbre_ = heard.timbre;
  level_db_ = heard.level_db;
  offered_ = false;
}

void Taste::remember() noexcept {
  if (pasts_ == kMostUndo) {
    std::copy(past_.begin() + 1, past_.end(), past_.begin());
    --pasts_;
  }
  past_[pasts_++] = {voice_, drift_};
}

bool Taste::undo() noexcept {
  if (pasts_ == 0) return false;
  const State state = past_[--pasts_];
  take(state.voice);
  drift_ = state.drift;
  mirrored_ = false;
  return true;
}

// Modulators by so many output levels; carriers by their place above the lowest, all together kept.
dx7::Voice Taste::tilted(int by) const noexcept {
  dx7::Voice voice = voice_;
  double mean = 0;
  double count = 0;
  const auto octave = [&](std::size_t op) {
    return std::log2(dx7::frequency_ratio(voice_.op[op]));
  };
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (!carries(voice, op) || voice.op[op].output_level == 0) continue;
    mean += octave(op);
    count += 1;
  }
  mean /= std::max(count, 1.0);
  for (std::size_t op = 0; op < kOperators; ++op) {
    dx7::Operator& o = voice.op[op];
    if (o.output_level == 0) continue;
    const double change = carries(voice, op) ? by * (octave(op) - mean) / 2 : by;
    o.output_level =
        static_cast<std::uint8_t>(std::clamp<long>(o.output_level + std::lround(change), 1, 99));
  }
  return voice;
}

bool Taste::brighter(int steps) noexcept {
  if (steps == 0) return true;
  constexpr int kMostLevels = 40;
  const double wanted = timbre_[0] + kStepOctaves * steps;
  const int sign = steps > 0 ? 1 : -1;
  double nearest = std::abs(timbre_[0] - wanted);
  dx7::Voice best = voice_;
  for (int by = 1; by <= kMostLevels; ++by) {
    const dx7::Voice tried = tilted(sign * by);
    Heard heard;
    if (!hear(tried, heard) || heard.level_db > level_db_ + kMostLouderDb) continue;
    const double off = std::abs(heard.timbre[0] - wanted);
    if (off >= nearest) continue;
    nearest = off;
    best = tried;
  }
  if (best == voice_) return false;
  remember();
  take(best);
  return true;
}

dx7::Voice Taste::moved(const dx7::Voice& voice, const Direction& by) noexcept {
  dx7::VoiceBytes bytes = dx7::to_bytes(voice);
  const auto add = [&](std::size_t field, float change) {
    const long value = bytes[field] + std::lround(change);
    bytes[field] = static_cast<std::uint8_t>(std::clamp<long>(value, 0, dx7::parameter(field).max));
  };
  for (std::size_t op = 0; op < kOperators; ++op) {
    const std::size_t first = op * kOperatorFields;  // operator 6 comes first in a dump
    if (bytes[first + kField[0]] == 0) continue;     // who is silent stays so
    for (std::size_t i = 0; i < kPerOperator; ++i) {
      add(first + kField[i], by[op * kPerOperator + i] * kSpread[i]);
    }
  }
  add(kFeedbackField, by[kDimensions - 1]);
  return dx7::from_bytes(bytes);
}

const dx7::Voice& Taste::variation() noexcept {
  if (offered_) return variation_;
  constexpr int kMostTries = 30;
  if (mirrored_) {
    for (std::size_t i = 0; i < kDimensions; ++i) trial_[i] = -trial_[i];
  }
  for (int i = 0; i < kMostTries; ++i) {
    if (!mirrored_) {
      for (std::size_t d = 0; d < kDimensions; ++d) trial_[d] = drift_[d] + gaussian(random_);
    }
    variation_ = moved(voice_, trial_);
    Heard heard;
    if (hear(variation_, heard) && heard.level_db < level_db_ + kMostLouderDb) break;
    variation_ = voice_;
    mirrored_ = false;
  }
  offered_ = true;
  return variation_;
}

void Taste::prefer(bool variation) noexcept {
  constexpr float kKept = 0.7F;   // of the drift from one choice to the next
  constexpr float kTaken = 0.3F;  // of a trial
  if (!offered_) return;
  remember();
  const float reward = variation ? kTaken : -kTaken / 2;
  for (std::size_t d = 0; d < kDimensions; ++d) {
    drift_[d] = kKept * drift_[d] + reward * trial_[d];
  }
  mirrored_ = !variation && !mirrored_;
  if (variation) {
    take(variation_);
  } else {
    offered_ = false;
  }
}

}  // namespace sideband::match
