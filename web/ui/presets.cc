#include "web/ui/presets.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/synth/fm/algorithms.h"

namespace sideband::ui {
namespace {

constexpr float kSqrt2 = 1.41421356F;

float& param(Sound& sound, Param which, int op = 0) {
  return sound.param[static_cast<std::size_t>(param_of(which, op))];
}

std::size_t at(int op) {
  return static_cast<std::size_t>(op);
}

bool is_carrier(const Sound& sound, int op) {
  return sound.patch.carrier[at(op)] > 0;
}

// Modulates something that is heard without a detour.
bool drives_carrier(const Sound& sound, int op) {
  for (int to = 0; to < kOperators; ++to) {
    if (to != op && is_carrier(sound, to) && sound.patch.modulation[at(to)][at(op)] != 0)
      return true;
  }
  return false;
}

template <typename Edit>
void each_modulator(Sound& sound, Edit edit) {
  for (int op = 0; op < kOperators; ++op) {
    if (!is_carrier(sound, op)) edit(op);
  }
}

void triple_modulators(Sound& sound) {
  each_modulator(sound, [&](int op) {
    if (sound.patch.ratio[at(op)] == 1) sound.patch.ratio[at(op)] = 3;
  });
}

void double_envelopes(Sound& sound) {
  each_modulator(sound, [&](int op) { param(sound, Param::kLevel1, op) = 2; });
}

void root_two(Sound& sound) {
  each_modulator(sound, [&](int op) {
    if (drives_carrier(sound, op)) sound.patch.ratio[at(op)] = kSqrt2;
  });
}

// Even modulators leave a carrier its odd partials: the spectrum of a closed pipe.
void hollow(Sound& sound) {
  each_modulator(sound, [&](int op) {
    float& ratio = sound.patch.ratio[at(op)];
    ratio = 2 * std::max(1.0F, std::round(0.5F * ratio));
  });
  param(sound, Param::kBrightness) = 0.8F;
}

void bell(Sound& sound) {
  each_modulator(sound, [&](int op) {
    const bool drives = drives_carrier(sound, op);
    sound.patch.ratio[at(op)] = drives ? 3.5F : 7.0F;
    param(sound, Param::kCurve1, op) = 1.8F;
  });
  param(sound, Param::kBrightness) = 1.2F;
  param(sound, Param::kReverbWet) = 1.4F;
}

// Beating pairs: every operator a few cents from its neighbours, alternately up and down.
void ensemble(Sound& sound) {
  constexpr float kCents[kOperators] = {-6, 5, 8, -7, 4, -3};
  for (int op = 0; op < kOperators; ++op) param(sound, Param::kDetune1, op) = kCents[op];
  param(sound, Param::kReverbWet) = 1.3F;
}

void pulse(Sound& sound) {
  each_modulator(sound, [&](int op) {
    param(sound, Param::kLfoRate1, op) = 4.5F + 0.4F * static_cast<float>(op);
    param(sound, Param::kLfoLevel1, op) = 0.75F;
  });
  param(sound, Param::kBrightness) = 1.3F;
}

void drawbars(Sound& sound) {
  constexpr float kRatios[kOperators] = {1, 2, 3, 4, 6, 8};
  set_routing(sound.patch, kDx7Algorithms[31], 0);
  std::copy(std::begin(kRatios), std::end(kRatios), sound.patch.ratio.begin());
  for (int op = 0; op < kOperators; ++op) {
    param(sound, Param::kLevel1, op) = 1.6F / (1.0F + 0.5F * static_cast<float>(op));
  }
}

void soft(Sound& sound) {
  param(sound, Param::kBrightness) = 0.45F;
  each_modulator(sound, [&](int op) { param(sound, Param::kCurve1, op) = 1.3F; });
}

void growl(Sound& sound) {
  param(sound, Param::kTranspose) = -12;
  param(sound, Param::kIndexScale) = 1.6F;
  for (int op = 0; op < kOperators; ++op) {
    if (!is_carrier(sound, op)) continue;
    sound.patch.modulation[at(op)][at(op)] = 0.35F;
  }
}

// Half-frequency modulators: an octave below comes in with the partials between.
void undertone(Sound& sound) {
  each_modulator(sound, [&](int op) {
    if (drives_carrier(sound, op)) sound.patch.ratio[at(op)] = 0.5F;
  });
}

void untouched_edit(Sound&) {}

constexpr Preset kPresets[] = {
    {"Model", "The model as it was trained", untouched_edit},
    {"Modulators ×3", "Modulators of ratio 1 tripled (the paper's violin)", triple_modulators},
    {"Envelopes ×2", "Modulator envelopes doubled (the paper's flute)", double_envelopes},
    {"Ratio √2", "Modulators at √2: inharmonic (the paper's trumpet)", root_two},
    {"Hollow", "Even modulators: odd partials, like a clarinet", hollow},
    {"Bell", "Modulators at 3.5 and 7 that ring only when played loud", bell},
    {"Ensemble", "Operators a few cents apart", ensemble},
    {"Pulse", "An LFO on every modulator, each at its own rate", pulse},
    {"Drawbars", "Six carriers at 1, 2, 3, 4, 6 and 8, no modulation", drawbars},
    {"Soft", "Darker, and darker still when quiet", soft},
    {"Growl", "An octave down, carriers feeding back", growl},
    {"Undertone", "Modulators at half the pitch", undertone},
};

float clamp_to(Param which, float value) {
  const ParamInfo& info = kParams[static_cast<std::size_t>(which)];
  return std::clamp(value, info.min, info.max);
}

float by_interval(float a, float b, float share) {
  if (a == b) return a;
  if (a > 0 && b > 0) return a * std::pow(b / a, share);
  return a > 0 ? a * (1 - share) * (1 - share) : b * share * share;
}

bool is_scale(const ParamInfo& info) {
  return info.unit == "×" || info.curve == Curve::kLogarithmic;
}

float between(const ParamInfo& info, float a, float b, float share) {
  if (info.curve == Curve::kToggle || info.curve == Curve::kStepped) return share < 0.5F ? a : b;
  return is_scale(info) ? by_interval(a, b, share) : a + (b - a) * share;
}

}  // namespace

int preset_count() {
  return static_cast<int>(std::size(kPresets));
}
const Preset& preset(int index) {
  return kPresets[index];
}

Sound untouched(const std::array<float, kParamCount>& now, const FmPatch& model) {
  Sound sound{now, model};
  for (int i = 0; i < kParamCount; ++i) {
    if (!is_intervention(static_cast<Param>(i))) continue;
    sound.param[static_cast<std::size_t>(i)] = kParams[static_cast<std::size_t>(i)].initial;
  }
  return sound;
}

Sound preset_sound(int index, const std::array<float, kParamCount>& now, const FmPatch& model) {
  Sound sound = untouched(now, model);
  preset(index).edit(sound);
  return sound;
}

Sound morph(const Sound& a, const Sound& b, float share) {
  if (share <= 0) return a;
  if (share >= 1) return b;
  Sound sound = a;
  for (int i = 0; i < kParamCount; ++i) {
    const auto p = static_cast<Param>(i);
    const auto n = static_cast<std::size_t>(i);
    if (!is_intervention(p)) continue;
    sound.param[n] = clamp_to(p, between(kParams[n], a.param[n], b.param[n], share));
  }
  for (std::size_t op = 0; op < kOperators; ++op) {
    sound.patch.ratio[op] = by_interval(a.patch.ratio[op], b.patch.ratio[op], share);
    sound.patch.carrier[op] = by_interval(a.patch.carrier[op], b.patch.carrier[op], share);
    for (std::size_t from = 0; from < kOperators; ++from) {
      sound.patch.modulation[op][from] =
          by_interval(a.patch.modulation[op][from], b.patch.modulation[op][from], share);
    }
  }
  return sound;
}

}  // namespace sideband::ui
