#include "core/analyzer/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/test_engine.h"

namespace sideband {
namespace {

constexpr Features kNote{220, 0.9F, -40};
constexpr Features kSilence{220, 0.0F, -70};
constexpr CalibrationTarget kTarget{-45, -18, 196, 3200};

TEST(Calibration, MapsThePlayersRangeOntoTheModels) {
  for (const bool automatic : {false, true}) {
    Calibration calibration;
    if (!automatic) calibration.start();
    Features note = kNote;
    for (int i = 0; i < 3000; ++i) {
      note.loudness_db = -62 + 18.0F * static_cast<float>(i % 101) / 100;
      calibration.apply(note, kTarget, {.auto_loudness = automatic});
    }
    EXPECT_EQ(calibration.measured(), !automatic);
    const auto seen = [&](float played_db) {
      return calibration.loudness_scale() * played_db + calibration.loudness_offset_db();
    };
    EXPECT_NEAR(seen(-62 + 0.9F), kTarget.quiet_db, 1.0);
    EXPECT_NEAR(seen(-44 - 0.9F), kTarget.loud_db, 1.0);
  }
}

TEST(Calibration, LoudnessMovesWithoutAStep) {
  Calibration calibration;
  Features note = kNote;
  float before = note.loudness_db;
  for (int i = 0; i < 2000; ++i) {
    const float now = calibration.apply(note, kTarget, {.auto_loudness = true}).loudness_db;
    EXPECT_LT(std::abs(now - before), 1.0F);
    before = now;
  }
}

TEST(Calibration, OffChangesNothing) {
  Calibration calibration;
  for (int i = 0; i < 2000; ++i) {
    const Features out = calibration.apply(i % 300 < 200 ? kNote : kSilence, kTarget, {});
    EXPECT_EQ(out.f0_hz, kNote.f0_hz);
    EXPECT_EQ(out.loudness_db, i % 300 < 200 ? kNote.loudness_db : kSilence.loudness_db);
  }
  EXPECT_EQ(calibration.gate_db(-90, false), -90);
}

TEST(Calibration, AVoiceAnOctaveLowLandsInTheRangeAndNeverMovesWithinANote) {
  Calibration calibration;
  const CalibrationSwitches switches{.auto_octave = true};
  Features note = kNote;
  note.f0_hz = 110;
  EXPECT_FLOAT_EQ(calibration.apply(note, kTarget, switches).f0_hz, 220);
  note.f0_hz = 80;  // slides out of the range: the octave stays
  EXPECT_FLOAT_EQ(calibration.apply(note, kTarget, switches).f0_hz, 160);
  calibration.apply(kSilence, kTarget, switches);
  EXPECT_FLOAT_EQ(calibration.apply(note, kTarget, switches).f0_hz, 320);
  calibration.apply(kSilence, kTarget, switches);
  note.f0_hz = 220;  // fits with and without: hysteresis keeps what sounds
  EXPECT_FLOAT_EQ(calibration.apply(note, kTarget, switches).f0_hz, 880);
}

TEST(Calibration, TheGateIsLearntFromTheRoom) {
  Calibration calibration;
  for (int i = 0; i < 1000; ++i) {
    Features room = kSilence;
    room.loudness_db = -60 + 4 * std::sin(static_cast<float>(i));
    calibration.apply(i % 500 < 250 ? room : kNote, kTarget, {.auto_gate = true});
  }
  EXPECT_NEAR(calibration.gate_db(-100, true), -50, 2);
  EXPECT_EQ(calibration.gate_db(-40, true), -40);  // what the player set is the least
}

TEST(Calibration, TheEngineShowsWhatIsInEffectAtAnyBlockSize) {
  std::vector<std::vector<float>> heard;
  for (const std::size_t block : {64U, 1000U}) {
    test::TestEngine test;
    ASSERT_TRUE(test.load_now(0, {}).ok());
    for (const Param param : {Param::kAutoLoudness, Param::kAutoOctave, Param::kAutoGate}) {
      test.engine.set(param, 1);
    }
    test.engine.set(Param::kPitchRange, 5);
    test.engine.set(Param::kCalibrate, 1);
    heard.push_back(test.run(test::test_tone(48000, 4, 196), block));
    EXPECT_TRUE(test.engine.calibration().measured());
    const FrameTrace& trace = test.engine.trace(test.engine.frame_count() - 1);
    EXPECT_NE(trace.loudness_shift_db, 0);
  }
  EXPECT_EQ(heard[0], heard[1]);
}

}  // namespace
}  // namespace sideband
