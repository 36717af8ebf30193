// Scales, glide and vibrato depth: exact where they are on, invisible where they are off.
#include "core/analyzer/pitch_shaper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace sideband {
namespace {

float hz(float midi) {
  return 440 * std::exp2((midi - 69) / 12);
}
float midi(float f0_hz) {
  return 69 + 12 * std::log2(f0_hz / 440);
}
Features voiced(float midi_note) {
  return {hz(midi_note), 0.9F, -20};
}

// MIDI notes that come out for MIDI notes played, one per 4 ms frame.
std::vector<float> play(PitchShaper& shaper, const PitchShaping& shaping,
                        const std::vector<float>& notes) {
  std::vector<float> sounded;
  for (const float note : notes) sounded.push_back(midi(shaper.shape(voiced(note), shaping).f0_hz));
  return sounded;
}

std::vector<float> vibrato(float note, float depth, int frames) {
  std::vector<float> notes;
  for (int i = 0; i < frames; ++i) {
    notes.push_back(note + depth * std::sin(2 * std::numbers::pi_v<float> * 5.5F * i / 250));
  }
  return notes;
}

float swing(const std::vector<float>& notes) {
  const auto [low, high] = std::minmax_element(notes.end() - 250, notes.end());
  return (*high - *low) / 2;
}

TEST(PitchShaper, PassesFramesUntouchedByDefault) {
  PitchShaper shaper;
  for (const float note : {60.3F, 61.9F, 40.0F, 90.0F}) {
    const Features played = voiced(note);
    EXPECT_EQ(shaper.shape(played, {}).f0_hz, played.f0_hz);
  }
}

TEST(PitchShaper, TransposesWithoutAStep) {
  PitchShaper shaper;
  PitchShaping shaping;
  play(shaper, shaping, {60, 60});
  shaping.transpose_semitones = 12;
  const std::vector<float> sounded = play(shaper, shaping, std::vector<float>(100, 60.0F));
  EXPECT_NEAR(sounded.back(), 72, 1e-3);
  EXPECT_LT(sounded.front(), 63) << "ramps";
}

TEST(PitchShaper, ScalesVibratoAroundTheNote) {
  for (const float depth : {0.0F, 0.5F, 2.0F}) {
    PitchShaper shaper;
    PitchShaping shaping;
    shaping.vibrato_depth = depth;
    const std::vector<float> sounded = play(shaper, shaping, vibrato(69, 0.4F, 1000));
    EXPECT_NEAR(swing(sounded), 0.4F * depth, 0.1F) << depth;
  }
}

TEST(PitchShaper, GlidesFromNoteToNoteInTheTimeAskedFor) {
  PitchShaper shaper;
  PitchShaping shaping;
  shaping.glide_ms = 200;
  play(shaper, shaping, std::vector<float>(50, 60.0F));
  const std::vector<float> sounded = play(shaper, shaping, std::vector<float>(100, 67.0F));
  EXPECT_LT(sounded[2], 61);
  EXPECT_LT(sounded[45], 66.3F);
  EXPECT_GT(sounded[55], 66.3F) << "a tenth of the interval is left after 200 ms";
  EXPECT_TRUE(std::is_sorted(sounded.begin(), sounded.end()));
}

TEST(PitchShaper, DrawsToTheScaleAndStaysThereBetweenTwoNotes) {
  PitchShaper shaper;
  shaper.set_tuning(equal_temperament());
  EXPECT_NEAR(play(shaper, {}, std::vector<float>(100, 60.3F)).back(), 60, 0.01);
  EXPECT_NEAR(play(shaper, {}, std::vector<float>(500, 60.52F)).back(), 60, 0.01) << "hysteresis";
  EXPECT_NEAR(play(shaper, {}, std::vector<float>(500, 60.7F)).back(), 61, 0.01);
}

TEST(PitchShaper, NonsenseDoesNotStick) {
  PitchShaper shaper;
  shaper.set_tuning(equal_temperament());
  Features bad = voiced(60);
  bad.f0_hz = std::nanf("");
  shaper.shape(bad, {});
  EXPECT_NEAR(play(shaper, {}, std::vector<float>(100, 60.3F)).back(), 60, 0.01);
}

TEST(Tuning, JustFifthsAndThirdsAreTheirRatios) {
  const Tuning just = just_intonation(60);
  EXPECT_NEAR(just.nearest_midi(67.2F), 60 + 12 * std::log2(1.5F), 1e-4);
  EXPECT_NEAR(just.nearest_midi(75.9F), 72 + 12 * std::log2(1.25F), 1e-4);
  EXPECT_NEAR(just.nearest_midi(59.8F), 60, 1e-4);
  EXPECT_NEAR(just.nearest_midi(48.1F), 48, 1e-4);
}

TEST(Tuning, ReadsScalaFiles) {
  Tuning tuning;
  const Status status = parse_scala(
      "! five.scl\r\n!\r\nA pentatonic\r\n 5\r\n!\r\n 9/8 a tone\r\n 386.314\r\n3/2\r\n "
      "5/3\r\n2\r\n",
      60, tuning);
  ASSERT_TRUE(status) << status.message();
  EXPECT_EQ(tuning.degrees, 5);
  EXPECT_NEAR(tuning.period_cents, 1200, 1e-3);
  EXPECT_NEAR(tuning.cents[1], 203.910, 1e-2);
  EXPECT_NEAR(tuning.nearest_midi(64), 63.86314F, 1e-4);
  EXPECT_NEAR(tuning.nearest_midi(61.2F), 62.0391F, 1e-4);
}

TEST(Tuning, NamesTheLineOfABadScalaFile) {
  Tuning tuning = equal_temperament();
  for (const char* text : {"", "name\n", "name\nmany\n", "name\n2\n3/2\n", "name\n2\nthree\n2\n",
                           "name\n1\n3/0\n", "name\n200\n", "name\n1\n-5.0\n", "name\n1\n0.0\n"}) {
    const Status status = parse_scala(text, 60, tuning);
    EXPECT_FALSE(status) << text;
    EXPECT_NE(status.message().find("Scala"), std::string_view::npos);
  }
  EXPECT_EQ(tuning.degrees, 12) << "a refused file changes nothing";
}

}  // namespace
}  // namespace sideband
