#include "web/ui/notation.h"

#include <gtest/gtest.h>

#include <string>

#include "web/ui/commands.h"
#include "web/ui/param_curve.h"
#include "web/ui/peak_meter.h"

namespace sideband::ui {
namespace {

std::string note(int midi) {
  char out[16];
  write_note(out, sizeof out, midi);
  return out;
}

std::string ratio(float value) {
  char out[16];
  write_ratio(out, sizeof out, value);
  return out;
}

TEST(Notation, NotesHaveTheirUsualNames) {
  EXPECT_EQ(note(60), "C4");
  EXPECT_EQ(note(69), "A4");
  EXPECT_EQ(note(61), "C#4");
  EXPECT_EQ(note(70), "Bb4");
  EXPECT_EQ(note(21), "A0");
  EXPECT_TRUE(is_black_key(61));
  EXPECT_FALSE(is_black_key(64));
}

TEST(Notation, TuningIsTheNearestNoteAndItsCents) {
  EXPECT_EQ(tuning_of_hz(440).midi, 69);
  EXPECT_NEAR(tuning_of_hz(440).cents, 0, 1e-3);
  EXPECT_NEAR(tuning_of_hz(hz_of_midi(57.25F)).cents, 25, 1e-2);
  EXPECT_EQ(tuning_of_hz(hz_of_midi(57.75F)).midi, 58);
  EXPECT_NEAR(tuning_of_hz(hz_of_midi(57.75F)).cents, -25, 1e-2);
}

TEST(Notation, RatiosShowTheDigitsTheyNeed) {
  EXPECT_EQ(ratio(14), "14");
  EXPECT_EQ(ratio(1.5F), "1.5");
  EXPECT_EQ(ratio(1.58F), "1.58");
  EXPECT_EQ(ratio(1.41421F), "1.414");
  EXPECT_EQ(ratio(8.5F), "8.5");
}

TEST(Notation, SignedNumbersRoundWithoutMinusZero) {
  char out[24];
  write_signed(out, sizeof out, -0.04F, 1, "dB");
  EXPECT_STREQ(out, "0.0 dB");
  write_signed(out, sizeof out, -6.02F, 1, "dB");
  EXPECT_STREQ(out, "−6.0 dB");
  write_signed(out, sizeof out, 12, 0, "");
  EXPECT_STREQ(out, "+12");
}

TEST(ParamCurve, PositionsGoThereAndBack) {
  for (const ParamInfo& info : kParams) {
    SCOPED_TRACE(info.name);
    EXPECT_FLOAT_EQ(value_at(info, 0), info.min);
    EXPECT_FLOAT_EQ(value_at(info, 1), info.max);
    if (info.curve == Curve::kToggle) continue;
    for (const float p : {0.1F, 0.37F, 0.5F, 0.93F}) {
      EXPECT_NEAR(position_of(info, value_at(info, p)), p, 1e-5);
    }
    EXPECT_EQ(value_at(info, -1), value_at(info, 0));
    EXPECT_EQ(value_at(info, 2), value_at(info, 1));
  }
}

TEST(ParamCurve, LabelsComeFromTheTable) {
  char out[32];
  write_label(out, sizeof out, kParams[0]);
  EXPECT_STREQ(out, "Input gain");
  write_label(out, sizeof out, kParams[static_cast<std::size_t>(find_param("reverb_decay"))]);
  EXPECT_STREQ(out, "Reverb decay");
}

TEST(PeakMeter, RisesAtOnceHoldsAndFallsSteadily) {
  PeakMeter meter;
  meter.push(0.5F);
  EXPECT_NEAR(meter.level_db, -6.02F, 0.01F);
  for (int i = 0; i < 60; ++i) meter.advance(1.0F / 60);
  EXPECT_NEAR(meter.level_db, -6.02F - 26, 0.1F);
  EXPECT_NEAR(meter.hold_db, -6.02F, 0.01F);
  for (int i = 0; i < 300; ++i) meter.advance(1.0F / 60);
  EXPECT_EQ(meter.level_db, kMeterFloorDb);
  EXPECT_EQ(meter.hold_db, kMeterFloorDb);
}

TEST(CommandQueue, ADragIsKeptAsItsLastValueAndOrderIsKept) {
  CommandQueue queue;
  queue.push({CommandKind::kSetParam, 3, 0.1F});
  queue.push({CommandKind::kSetParam, 3, 0.2F});
  queue.push({CommandKind::kSetParam, 4, 0.5F});
  queue.push({CommandKind::kStart, 0, 0});
  EXPECT_FLOAT_EQ(queue.pop().b, 0.2F);
  EXPECT_FLOAT_EQ(queue.pop().a, 4);
  EXPECT_EQ(queue.pop().kind, CommandKind::kStart);
  EXPECT_EQ(queue.pop().kind, CommandKind::kNone);
}

TEST(CommandQueue, AFullQueueTakesNoMoreAndLosesNothingOld) {
  CommandQueue queue;
  for (int i = 0; i < 400; ++i) queue.push({CommandKind::kSetParam, static_cast<float>(i), 0});
  EXPECT_EQ(queue.pop().a, 0);
  int left = 0;
  while (queue.pop().kind != CommandKind::kNone) ++left;
  EXPECT_EQ(left, 255);
}

}  // namespace
}  // namespace sideband::ui
