// Sounds at one press: the interventions the papers show, some of ours, and the way between any
// two.
#pragma once

#include "web/ui/edit_history.h"

namespace sideband::ui {

// What a preset sets: the heard slot's patch and the interventions; gains, gate, tuning stay.
struct Sound {
  std::array<float, kParamCount> param{};
  FmPatch patch;
};

struct Preset {
  const char* name;
  const char* text;  // what it does
  void (*edit)(Sound&);
};

int preset_count();
const Preset& preset(int index);  // 0 is the untouched model

// Every intervention at rest, on the model's patch; `now` says what is no intervention.
Sound untouched(const std::array<float, kParamCount>& now, const FmPatch& model);

Sound preset_sound(int index, const std::array<float, kParamCount>& now, const FmPatch& model);

// From a (share 0) to b (share 1): ratios and scales move by equal intervals, levels by equal
// decibels, what exists on one side only grows with the square of the share; switches flip midway.
Sound morph(const Sound& a, const Sound& b, float share);

}  // namespace sideband::ui
