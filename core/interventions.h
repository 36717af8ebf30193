// What the player changes between the network and the synth, without retraining: envelope scales,
// brightness, noise, ratios, reverb. Also the last guard: nothing a synth cannot take gets past
// here.
#pragma once

#include <array>

#include "core/inference/controls.h"
#include "core/synth/synth.h"

namespace sideband {

struct Interventions {
  std::array<float, kOperators> level_scale{1, 1, 1, 1, 1, 1};
  std::array<float, kOperators> ratio_scale{1, 1, 1, 1, 1, 1};
  float brightness = 1;  // scale of operators that are not heard themselves: the modulators
  float noise_scale = 1;
  float reverb_wet = 1;
  float reverb_decay = 1;

  // The controls as they will sound. `gate` (0…1) scales what is heard: carriers, amplitude, noise.
  Controls apply(const Controls& model, const FmPatch& patch, float gate) const noexcept;

  SynthSettings settings(const FmPatch& patch) const noexcept;
};

}  // namespace sideband
