// What the player changes between the network and the synth, without retraining: envelopes, ratios,
// LFOs, brightness, noise, reverb. Also the last guard: nothing a synth cannot take gets past here.
#pragma once

#include <array>

#include "core/inference/controls.h"
#include "core/params.h"
#include "core/synth/synth.h"
#include "core/util/ramp.h"

namespace sideband {

// Ranges are those of core/params.h.
struct OperatorIntervention {
  float level_scale = 1;   // ×
  float ratio_scale = 1;   // ×
  float detune_cents = 0;  // on top of the ratio
  float curve = 1;         // exponent of level / i_max: above 1 the quiet gets quieter
  bool mute = false;
  bool solo = false;          // leaves only what leads to this operator, and where it leads to
  float lfo_rate_hz = 5;      // a sine of its own, from the same moment on for all operators
  float lfo_level = 0;        // 0…1: dips the level to 1 − lfo_level
  float lfo_pitch_cents = 0;  // both ways
};

struct Interventions {
  std::array<OperatorIntervention, kOperators> op{};
  float brightness = 1;   // scale of operators that are not heard themselves: the modulators
  float index_scale = 1;  // scale of I_max: of every modulation index, a carrier's own included
  float noise_scale = 1;
  float reverb_wet = 1;
  float reverb_decay = 1;
};

// [audio-thread] A parameter of core/params.h, within its range; others are ignored.
void set_intervention(Interventions& interventions, Param param, float value) noexcept;

// Applies them to the frames of one slot. What would click ramps over 20 ms.
class InterventionStage {
 public:
  static constexpr int kRampFrames = 5;

  // The next frame starts at the settings, without a ramp.
  void reset() noexcept;

  // [audio-thread] Once per frame: the model's controls and the slot's patch → what will sound.
  // `gate` (0…1) scales what is heard: carriers, amplitude, noise. `settings.noise_gain` is kept.
  void apply(const Interventions& wanted, const FmPatch& patch, const Controls& model, float gate,
             Controls& sounding, SynthSettings& settings) noexcept;

 private:
  void advance(const Interventions& wanted, const FmPatch& patch) noexcept;
  float shaped_level(std::size_t op, float model_level, float i_max) noexcept;

  struct OperatorMotion {
    Ramp gain{1};
    Ramp curve{1};
    Ramp lfo_level{0};
    double lfo_turns = 0;  // 0…1
    float lfo_sine = 0;    // −1…1, of this frame
  };
  std::array<OperatorMotion, kOperators> motion_{};
  Ramp noise_gain_{1};
  bool primed_ = false;
};

}  // namespace sideband
