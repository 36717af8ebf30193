// Keys played through the engine's keyboard: pitch, envelope, legato, controllers, exact timing.
#include "core/keyboard.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/test_engine.h"

namespace sideband {
namespace {

constexpr int kHop = 192;  // at 48 kHz: 4 ms

struct Keys {
  Keyboard keyboard;
  Keys() {
    keyboard.prepare(48000);
    keyboard.reset();
  }
  void midi(int status, int first, int second, int delay = 0) {
    EXPECT_TRUE(keyboard.midi(static_cast<std::uint8_t>(status), static_cast<std::uint8_t>(first),
                              static_cast<std::uint8_t>(second), delay));
  }
  Features after(int hops) {
    Features frame;
    for (int i = 0; i < hops; ++i) frame = keyboard.next(kHop);
    return frame;
  }
};

double semitones(const Features& frame) {
  return 69 + 12 * std::log2(frame.f0_hz / 440);
}

TEST(Keyboard, AKeySoundsAtItsPitchAndFadesAfterItsRelease) {
  Keys keys;
  EXPECT_EQ(keys.after(1).confidence, 0);
  keys.midi(0x90, 60, 127);
  const Features held = keys.after(100);
  EXPECT_NEAR(semitones(held), 60, 1e-3);
  EXPECT_EQ(held.confidence, 1);
  EXPECT_NEAR(held.loudness_db, -25, 1e-3);  // −20 dB, sustained 5 dB lower
  keys.midi(0x80, 60, 0);
  EXPECT_NEAR(keys.after(25).loudness_db, -45, 0.1);  // 100 ms of 300 ms for 60 dB
  EXPECT_EQ(keys.after(100).confidence, 0);
  EXPECT_EQ(keys.after(1).loudness_db, -120);
}

TEST(Keyboard, TheAttackIsLinearAndExactToTheSample) {
  Keys keys;
  KeyShape shape;
  shape.attack_ms = 20;
  keys.keyboard.set_shape(shape);
  keys.midi(0x90, 69, 127, 96);  // half a hop in
  for (int hop = 1; hop <= 5; ++hop) {
    const float amplitude = (static_cast<float>(hop) * 4 - 2) / 20;
    EXPECT_NEAR(keys.after(1).loudness_db, -20 + 20 * std::log10(amplitude), 0.02) << hop;
  }
}

TEST(Keyboard, TheLastKeyWinsAndTheOneBeforeComesBackWithoutANewAttack) {
  Keys keys;
  keys.midi(0x90, 60, 100);
  const float before = keys.after(100).loudness_db;
  keys.midi(0x90, 64, 100);
  const Features second = keys.after(1);
  EXPECT_NEAR(semitones(second), 64, 1e-3);
  EXPECT_NEAR(second.loudness_db, before, 0.01);
  keys.midi(0x80, 64, 0);
  EXPECT_NEAR(semitones(keys.after(1)), 60, 1e-3);
  keys.midi(0x90, 60, 0);  // note on at velocity 0 is a note off
  EXPECT_LT(keys.after(5).loudness_db, before - 3);
}

TEST(Keyboard, TheLatestOfTheKeysThatAreStillDownComesBack) {
  Keys keys;
  for (const int key : {60, 64, 67}) keys.midi(0x90, key, 100);
  EXPECT_NEAR(semitones(keys.after(1)), 67, 1e-3);
  keys.midi(0x80, 67, 0);
  EXPECT_NEAR(semitones(keys.after(1)), 64, 1e-3);
  keys.midi(0x80, 60, 0);  // of no consequence
  EXPECT_NEAR(semitones(keys.after(1)), 64, 1e-3);
}

TEST(Keyboard, ControllersShapePitchAndLoudness) {
  Keys keys;
  keys.midi(0x90, 69, 100);
  const float plain = keys.after(100).loudness_db;
  keys.midi(0xe0, 0x7f, 0x7f);
  EXPECT_NEAR(semitones(keys.after(50)), 71, 0.01);
  keys.midi(0xb0, 101, 0);
  keys.midi(0xb0, 100, 0);
  keys.midi(0xb0, 6, 12);  // a range of an octave
  EXPECT_NEAR(semitones(keys.after(50)), 81, 0.01);
  keys.midi(0xe0, 0, 0x40);
  keys.midi(0xd0, 127, 0);
  EXPECT_NEAR(keys.after(50).loudness_db, plain + 9, 0.01);
  keys.midi(0xd0, 0, 0);
  keys.midi(0xb0, 11, 64);
  EXPECT_NEAR(keys.after(50).loudness_db, plain + 40 * std::log10(64.0 / 127), 0.01);
  keys.midi(0xb0, 121, 0);
  keys.midi(0xb0, 1, 127);
  double lowest = 200;
  double highest = 0;
  for (int i = 0; i < 100; ++i) {
    const double pitch = semitones(keys.after(1));
    lowest = std::min(lowest, pitch);
    highest = std::max(highest, pitch);
  }
  EXPECT_NEAR(lowest, 68.5, 0.02);
  EXPECT_NEAR(highest, 69.5, 0.02);
}

TEST(Keyboard, PressureOfOneKeyIsThatOfTheOneThatSounds) {
  Keys keys;
  keys.midi(0x90, 69, 100);
  const float plain = keys.after(100).loudness_db;
  keys.midi(0xa0, 60, 127);
  EXPECT_NEAR(keys.after(50).loudness_db, plain, 0.01);
  keys.midi(0xa0, 69, 127);
  EXPECT_NEAR(keys.after(50).loudness_db, plain + 9, 0.01);
}

TEST(Keyboard, VolumeScalesWhatExpressionLeaves) {
  Keys keys;
  keys.midi(0x90, 69, 100);
  const float plain = keys.after(100).loudness_db;
  keys.midi(0xb0, 7, 64);
  const double half_db = 40 * std::log10(64.0 / 127);
  EXPECT_NEAR(keys.after(50).loudness_db, plain + half_db, 0.01);
  keys.midi(0xb0, 2, 64);
  EXPECT_NEAR(keys.after(50).loudness_db, plain + 2 * half_db, 0.01);
}

TEST(Keyboard, DataForAParameterOfSomebodyElsesIsNotTheBendsRange) {
  for (const int number : {98, 99}) {
    Keys keys;
    keys.midi(0x90, 69, 100);
    keys.midi(0xb0, 101, 0);
    keys.midi(0xb0, 100, 0);
    keys.midi(0xb0, number, 0);
    keys.midi(0xb0, 6, 12);
    keys.midi(0xe0, 0x7f, 0x7f);
    EXPECT_NEAR(semitones(keys.after(50)), 71, 0.01) << "controller " << number;
  }
}

TEST(Keyboard, ThePedalHoldsAndPanicEnds) {
  Keys keys;
  keys.midi(0xb0, 64, 127);
  keys.midi(0x90, 60, 90);
  keys.midi(0x80, 60, 0);
  EXPECT_EQ(keys.after(200).confidence, 1);
  keys.midi(0xb0, 64, 0);
  EXPECT_EQ(keys.after(200).confidence, 0);
  keys.midi(0x90, 62, 90);
  keys.midi(0xb0, 123, 0);
  EXPECT_EQ(keys.after(200).confidence, 0);
}

TEST(Keyboard, RefusesWhatIsNoMessageOfAKeyboardAndTooMany) {
  Keyboard keyboard;
  EXPECT_FALSE(keyboard.midi(0xf8, 0, 0, 0));
  EXPECT_FALSE(keyboard.midi(0x60, 1, 1, 0));
  EXPECT_FALSE(keyboard.midi(0x90, 200, 1, 0));
  for (int i = 0; i < 128; ++i) EXPECT_TRUE(keyboard.midi(0x90, 60, 1, 0));
  EXPECT_FALSE(keyboard.midi(0x90, 60, 1, 0));
}

TEST(Keyboard, PlaysTheEngineTheSameAtAnyBlockSize) {
  std::vector<float> expected;
  for (const std::size_t block : {std::size_t{128}, std::size_t{7}, std::size_t{1000}}) {
    test::TestEngine test(44100);
    ASSERT_TRUE(test.prepared()) << test.prepared().message();
    ASSERT_TRUE(test.load_now(0, {}));
    test.engine.play_keys(true);
    test.engine.midi(0x90, 64, 110, 100);
    test.engine.midi(0x80, 64, 0, 12345);
    const std::vector<float> silence(22050, 0.0F);
    const std::vector<float> out = test.run(silence, block);
    if (expected.empty()) {
      expected = out;
      const float peak = *std::max_element(out.begin(), out.end());
      EXPECT_GT(peak, 0.001F);
      EXPECT_EQ(out[100], 0);
    } else {
      EXPECT_EQ(out, expected) << "block of " << block;
    }
  }
}

}  // namespace
}  // namespace sideband
