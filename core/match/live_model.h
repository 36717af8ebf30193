// A matched voice as a model file (DESIGN: safetensors), so that whatever plays models plays it:
// the page's slots, the command line, the embedded library.
//
// Its network is a loudness curve (loudness_curve.h) written down exactly: one block without
// memory, whose hidden channels are max(0, loudness − point) and whose outputs join the points by
// straight lines. Levels between points are therefore a line in log(level/(4π − level)), which is
// dB but for the last few below full scale. Quieter than the last point and louder than the first,
// carriers go on by a dB per dB and modulators stay.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/dx7/voice.h"
#include "core/match/loudness_curve.h"

namespace sideband::match {

// The loudness, in the analyzer's dB, that plays the voice at its loudest: as loud as the models'
// training data (core/analyzer/calibration.h).
inline constexpr float kLoudestPlayedDb = -18;
inline constexpr std::size_t kLiveModelBytes = 8192;

// Fills `bytes` and returns how many; 0 if they are too few. `played_hz` is the pitch that a player
// plays to hear the voice as its key plays it.
std::size_t write_live_model(const dx7::Voice& voice, int midi_note, double played_hz,
                             const LoudnessCurve& curve, std::string_view instrument,
                             std::span<std::byte> bytes);

}  // namespace sideband::match
