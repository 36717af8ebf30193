// How a voice's levels follow its own loudness, so that a player's loudness can stand for it.
//
// The mapping. The voice is played once, at its key, as long as the target was held and until it
// has died away. Every 4 ms its loudness (the analyzer's, A-weighted) and its six levels are noted:
// the curve holds, for a loudness of 0, 3, 6 … 48 dB below the voice's loudest moment, the mean in
// dB of the levels at the moments that were about as loud. Where no moment was, its neighbours are
// joined by a line. Then carriers are turned up or down together until a steady tone at each point
// is as loud as that point says. So whoever plays softer hears the voice as it is when it has
// decayed as far, and whoever strikes anew hears its onset again. What is lost: attack and decay at
// the same loudness sound alike, and what changes at a constant loudness stands still.
#pragma once

#include <array>
#include <cstddef>

#include "core/dx7/voice.h"
#include "core/inference/controls.h"

namespace sideband::match {

// What keys need to give back the voice's own course of loudness (the page's key_… parameters):
// rising linearly in amplitude, falling linearly in dB.
struct KeyCourse {
  float attack_ms = 12;
  float decay_ms = 180;  // from the peak to the sustained level
  float sustain_db = -5;
  float release_ms = 300;  // for 60 dB
};

struct LoudnessCurve {
  static constexpr std::size_t kPoints = 17;
  static constexpr float kStepDb = 3;
  static constexpr float kSilentDb = -90;

  // Levels in dB of full scale (4π radians for a modulator), the loudest point first.
  std::array<std::array<float, kOperators>, kPoints> level_db{};
  KeyCourse keys;
};

// [main-thread] Plays the voice for some seconds. `loudest_db`: what loudness, in the analyzer's
// dB, the first point is to have; carriers go no higher than full scale.
LoudnessCurve loudness_curve(const dx7::Voice& voice, int midi_note, double hold_s,
                             float loudest_db);

}  // namespace sideband::match
