// How a sound is played, as a DX7 voice: what our own player of such voices makes of it.
#include "core/dx7/performance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/dx7/curves.h"
#include "core/dx7/note.h"

namespace sideband::dx7 {
namespace {

FmPatch pair_of_operators() {
  FmPatch patch;
  patch.ratio = {1, 2, 1, 1, 1, 1};
  patch.modulation[0][1] = 1;
  patch.carrier[0] = 1;
  patch.i_max = 2;
  return patch;
}

struct Result {
  Voice voice;
  Roundings roundings;
  std::size_t carrier = 0, modulator = 0;
};

Result voice_of(const Performance& performance) {
  Result result;
  std::array<std::size_t, kOperators> voice_op{};
  result.voice =
      nearest_voice(pair_of_operators(), {2, 1, 0, 0, 0, 0}, "PAIR", result.roundings, &voice_op);
  set_performance(performance, voice_op, result.voice, result.roundings);
  result.carrier = voice_op[0];
  result.modulator = voice_op[1];
  return result;
}

// Levels of the carrier in dB, at frames of 4 ms; the key goes up after `held_frames`.
std::vector<double> played_db(const Voice& voice, std::size_t op, int held_frames, int frames,
                              int velocity = 127) {
  Note note;
  note.prepare(48000);
  note.start(voice, 60, velocity);
  std::vector<double> levels;
  for (int i = 0; i < frames; ++i) {
    if (i == held_frames) note.key_up();
    levels.push_back(20 * std::log10(note.next_frame().level[op] / kFullIndex + 1e-9));
  }
  return levels;
}

TEST(Performance, EnvelopeIsThatOfTheKeys) {
  Performance performance;
  performance.keys = {.attack_ms = 100, .decay_ms = 400, .sustain_db = -12, .release_ms = 800};
  performance.op[1].curve = 2;
  const Result result = voice_of(performance);
  const auto levels = played_db(result.voice, result.carrier, 500, 1000, 100);
  const double top = *std::max_element(levels.begin(), levels.end());
  EXPECT_LT(levels[10], top - 3);              // 40 ms: still rising
  EXPECT_NEAR(levels[30], top, 1.5);           // 120 ms: at the top
  EXPECT_NEAR(levels[400], top - 12, 0.8);     // sustained
  EXPECT_NEAR(levels[600], top - 12 - 30, 6);  // 400 ms after the key: half of 60 dB
  const auto modulator = played_db(result.voice, result.modulator, 500, 500, 100);
  EXPECT_NEAR(*std::max_element(modulator.begin(), modulator.end()) - modulator[400], 24, 0.8);
  const auto soft = played_db(result.voice, result.carrier, 500, 500, 40);
  EXPECT_NEAR(soft[400] - levels[400], -12, 3);  // 30 dB a tenth of the velocity
}

TEST(Performance, OneLfoSwingsWhatItCanAndTheRestIsSaid) {
  Performance performance;
  performance.op[0] = {.lfo_rate_hz = 5, .lfo_pitch_cents = 30};
  performance.op[1] = {.lfo_rate_hz = 7, .lfo_level = 0.5F};
  performance.transpose_semitones = 5.4F;
  const Result result = voice_of(performance);
  const Voice& voice = result.voice;
  EXPECT_NEAR(lfo_hz(voice.lfo.speed), 7, 0.1);
  EXPECT_NEAR(1200 * lfo_pitch_octaves(voice.lfo.pitch_depth, voice.pitch_sense), 30, 1);
  EXPECT_NEAR(-lfo_amplitude_steps(lfo_amplitude(voice.lfo.amplitude_depth,
                                                 voice.op[result.modulator].amplitude_sense)) *
                  6.0206 / 256,
              6.02, 0.5);
  EXPECT_EQ(voice.op[result.carrier].amplitude_sense, 0);
  EXPECT_EQ(voice.transpose, 29);
  int rate = 0, pitch = 0, transposition = 0;
  for (const Rounding& rounding : result.roundings.list()) {
    rate += rounding.what == "LFO rate in Hz";
    pitch += rounding.what == "LFO pitch in cents";
    transposition += rounding.what == "transposition in semitones";
  }
  EXPECT_EQ(rate, 1) << "the carrier's 5 Hz";
  EXPECT_EQ(pitch, 1) << "the modulator's pitch swings too";
  EXPECT_EQ(transposition, 1);
}

TEST(Performance, WhatIsNotEditedStaysPlain) {
  const Result result = voice_of({});
  EXPECT_EQ(result.voice.lfo.pitch_depth, 0);
  EXPECT_EQ(result.voice.lfo.amplitude_depth, 0);
  EXPECT_EQ(result.voice.transpose, 24);
  EXPECT_EQ(limited(result.voice), result.voice) << "every value is legal";
}

}  // namespace
}  // namespace sideband::dx7
