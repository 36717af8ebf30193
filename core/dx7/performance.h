// How a sound is played, as far as a DX7 voice can hold it: what lies beside routing, ratios and
// levels. Our envelopes are a network's answer to the playing, and no voice can hold that; the
// voice gets the envelope of the keys, and follows velocity as our keys do.
#pragma once

#include <array>
#include <cstddef>

#include "core/dx7/convert.h"
#include "core/dx7/voice.h"

namespace sideband::dx7 {

// One operator's part; ranges are those of core/params.h.
struct OperatorPerformance {
  float curve = 1;  // exponent of its envelope: how much deeper it falls, in dB, than the loudness
  float lfo_rate_hz = 5;
  float lfo_level = 0;        // 0…1: dips the level to 1 − lfo_level
  float lfo_pitch_cents = 0;  // both ways
};

// The keys' envelope, as in core/keyboard.h.
struct KeyEnvelope {
  float attack_ms = 12;
  float decay_ms = 180;    // from the peak to the sustained level
  float sustain_db = -5;   // relative to the peak
  float release_ms = 300;  // for 60 dB
};

struct Performance {
  KeyEnvelope keys;
  float transpose_semitones = 0;
  std::array<OperatorPerformance, kOperators> op{};
};

// Sets envelopes, velocity, LFO and transposition of a voice from nearest_voice(), whose operators
// are where `voice_op` says. Operators that are silent are left alone.
void set_performance(const Performance& performance,
                     const std::array<std::size_t, kOperators>& voice_op, Voice& voice,
                     Roundings& roundings);

}  // namespace sideband::dx7
