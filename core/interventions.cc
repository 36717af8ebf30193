#include "core/interventions.h"

#include <algorithm>
#include <cmath>

#include "core/util/portable_math.h"
#include "core/util/timebase.h"

namespace sideband {
namespace {

// A level may be scaled past i_max by the player, but never without bound.
constexpr float kMaxLevelScale = 16.0F;
constexpr float kMaxMagnitude = 8.0F;

static_assert(kParamOperators == static_cast<std::size_t>(kOperators));

using Mask = std::array<bool, kOperators>;

float finite_within(float value, float max) {
  return std::isfinite(value) ? std::clamp(value, 0.0F, max) : 0.0F;
}

bool modulates(const FmPatch& patch, std::size_t from, std::size_t to) {
  return from != to && patch.modulation[to][from] != 0;
}

// Everything on a way from `op` along the edges, downwards (to what it modulates) or upwards.
Mask reach(const FmPatch& patch, std::size_t op, bool downwards) {
  Mask found{};
  found[op] = true;
  for (std::size_t pass = 1; pass < kOperators; ++pass) {
    for (std::size_t a = 0; a < kOperators; ++a) {
      for (std::size_t b = 0; b < kOperators; ++b) {
        const bool edge = downwards ? modulates(patch, a, b) : modulates(patch, b, a);
        if (found[a] && edge) found[b] = true;
      }
    }
  }
  return found;
}

bool any_solo(const Interventions& wanted) {
  return std::any_of(wanted.op.begin(), wanted.op.end(),
                     [](const OperatorIntervention& op) { return op.solo; });
}

Mask playing_operators(const Interventions& wanted, const FmPatch& patch) {
  Mask playing;
  playing.fill(!any_solo(wanted));
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (!wanted.op[op].solo) continue;
    const Mask above = reach(patch, op, false);
    const Mask below = reach(patch, op, true);
    for (std::size_t i = 0; i < kOperators; ++i) playing[i] = playing[i] || above[i] || below[i];
  }
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (wanted.op[op].mute) playing[op] = false;
  }
  return playing;
}

float ratio_of_cents(float cents) {
  return cents == 0 ? 1.0F : exp2_of(cents / 1200.0F);
}

}  // namespace

void set_intervention(Interventions& interventions, Param param, float value) noexcept {
  switch (param) {
    case Param::kBrightness:
      interventions.brightness = value;
      return;
    case Param::kIndexScale:
      interventions.index_scale = value;
      return;
    case Param::kNoise:
      interventions.noise_scale = value;
      return;
    case Param::kReverbWet:
      interventions.reverb_wet = value;
      return;
    case Param::kReverbDecay:
      interventions.reverb_decay = value;
      return;
    default:
      break;
  }
  const auto operator_of = [&interventions, param](Param first) -> OperatorIntervention* {
    const int op = static_cast<int>(param) - static_cast<int>(first);
    return op >= 0 && op < kOperators ? &interventions.op[static_cast<std::size_t>(op)] : nullptr;
  };
  if (auto* op = operator_of(Param::kLevel1)) op->level_scale = value;
  if (auto* op = operator_of(Param::kRatio1)) op->ratio_scale = value;
  if (auto* op = operator_of(Param::kDetune1)) op->detune_cents = value;
  if (auto* op = operator_of(Param::kMute1)) op->mute = value >= 0.5F;
  if (auto* op = operator_of(Param::kSolo1)) op->solo = value >= 0.5F;
  if (auto* op = operator_of(Param::kCurve1)) op->curve = value;
  if (auto* op = operator_of(Param::kLfoRate1)) op->lfo_rate_hz = value;
  if (auto* op = operator_of(Param::kLfoLevel1)) op->lfo_level = value;
  if (auto* op = operator_of(Param::kLfoPitch1)) op->lfo_pitch_cents = value;
}

void InterventionStage::reset() noexcept {
  motion_ = {};
  primed_ = false;
}

// Moves every ramp and LFO on by one frame.
void InterventionStage::advance(const Interventions& wanted, const FmPatch& patch) noexcept {
  const auto move = [this](Ramp& ramp, float target) {
    if (!std::isfinite(target)) return;
    if (!primed_) ramp.jump(target);
    ramp.aim(target, kRampFrames);
    ramp.next();
  };
  const Mask playing = playing_operators(wanted, patch);
  for (std::size_t op = 0; op < kOperators; ++op) {
    const OperatorIntervention& edit = wanted.op[op];
    OperatorMotion& motion = motion_[op];
    const bool heard = patch.carrier[op] > 0;
    const float scale = heard ? 1.0F : wanted.brightness * wanted.index_scale;
    move(motion.gain, playing[op] ? edit.level_scale * scale : 0.0F);
    move(motion.curve, edit.curve);
    move(motion.lfo_level, edit.lfo_level);
    motion.lfo_turns += static_cast<double>(edit.lfo_rate_hz) / kFrameRateHz;
    motion.lfo_turns -= std::floor(motion.lfo_turns);
    const bool swings = motion.lfo_level.value() != 0 || edit.lfo_pitch_cents != 0;
    motion.lfo_sine = swings ? sine_of_turns(motion.lfo_turns) : 0.0F;
  }
  move(noise_gain_, any_solo(wanted) ? 0.0F : wanted.noise_scale);
  primed_ = true;
}

float InterventionStage::shaped_level(std::size_t op, float level, float i_max) noexcept {
  const OperatorMotion& motion = motion_[op];
  const float curve = motion.curve.value();
  if (curve != 1 && i_max > 0 && level > 0) level = i_max * power_of(level / i_max, curve);
  const float dip = motion.lfo_level.value() * 0.5F * (1 - motion.lfo_sine);
  return level * (1 - dip);
}

void InterventionStage::apply(const Interventions& wanted, const FmPatch& patch,
                              const Controls& model, float gate, Controls& sounding,
                              SynthSettings& settings) noexcept {
  advance(wanted, patch);
  sounding = model;
  if (!std::isfinite(sounding.f0_hz)) sounding.f0_hz = 440.0F;
  settings.patch = patch;
  for (std::size_t op = 0; op < kOperators; ++op) {
    const OperatorIntervention& edit = wanted.op[op];
    const bool heard = patch.carrier[op] > 0;
    const float scale = motion_[op].gain.value() * (heard ? gate : 1.0F);
    sounding.level[op] = finite_within(shaped_level(op, model.level[op], patch.i_max) * scale,
                                       kMaxLevelScale * patch.i_max);
    const float cents = edit.detune_cents + edit.lfo_pitch_cents * motion_[op].lfo_sine;
    settings.patch.ratio[op] = patch.ratio[op] * edit.ratio_scale * ratio_of_cents(cents);
    for (std::size_t to = 0; heard && to < kOperators; ++to) {
      settings.patch.modulation[to][op] = patch.modulation[to][op] * wanted.index_scale;
    }
  }
  sounding.amplitude = finite_within(model.amplitude * gate, kMaxMagnitude);
  for (float& harmonic : sounding.harmonic) harmonic = finite_within(harmonic, 1.0F);
  for (float& band : sounding.noise_band) {
    band = finite_within(band * noise_gain_.value() * gate, kMaxMagnitude);
  }
  settings.reverb_wet = wanted.reverb_wet;
  settings.reverb_decay = wanted.reverb_decay;
}

}  // namespace sideband
