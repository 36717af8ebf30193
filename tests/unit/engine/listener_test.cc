// What the player sets reaches the frames that the networks see.
#include "core/listener.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace sideband {
namespace {

constexpr int kRateHz = 48000;
constexpr std::size_t kHop = 192;

class ListenerTest : public testing::Test {
 protected:
  ListenerTest() : memory_(Listener::kMemoryBytes + 4096) {
    Arena arena{std::span(memory_)};
    prepared_ = listener_.prepare(kRateHz, kHop, arena);
    listener_.reset();
  }

  void SetUp() override { ASSERT_TRUE(prepared_) << prepared_.message(); }

  // The last frame of a second of a steady sine: the shaper settles within 0.15 s.
  Features hear(double f0_hz, double amplitude = 0.2) {
    Features frame;
    std::vector<float> hop(kHop);
    for (int i = 0; i < 250; ++i) {
      for (float& sample : hop) {
        sample = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * turns_));
        turns_ += f0_hz / kRateHz;
      }
      listener_.listen(hop, 0, kHop);
      frame = listener_.next(kHop, {});
    }
    return frame;
  }

  std::vector<std::byte> memory_;
  Listener listener_;
  Status prepared_;
  double turns_ = 0;
};

constexpr double kBetweenNotes = 450;  // 39 cents above A4

TEST_F(ListenerTest, PassesThePlayingOnUnchanged) {
  const Features frame = hear(kBetweenNotes);
  EXPECT_NEAR(frame.f0_hz, kBetweenNotes, 0.2);
  EXPECT_EQ(frame.f0_hz, listener_.played().f0_hz);
  EXPECT_EQ(frame.loudness_db, listener_.played().loudness_db);
  EXPECT_NEAR(listener_.input_peak(), 0.2, 1e-3);
}

TEST_F(ListenerTest, DrawsNotesToTheTuningAndBack) {
  listener_.set(Param::kTuning, 1);
  EXPECT_NEAR(hear(kBetweenNotes).f0_hz, 440, 0.2);
  listener_.set(Param::kTuning, 2);  // just, on C: A is 5/3 above
  const double c4_hz = 440 * std::exp2(-9.0 / 12);
  EXPECT_NEAR(hear(kBetweenNotes).f0_hz, c4_hz * 5 / 3, 0.2);
  listener_.set(Param::kTonic, 9);  // on A: A itself
  EXPECT_NEAR(hear(kBetweenNotes).f0_hz, 440, 0.2);
  listener_.set(Param::kTuning, 0);
  EXPECT_NEAR(hear(kBetweenNotes).f0_hz, kBetweenNotes, 0.2);
}

TEST_F(ListenerTest, DrawsNotesToAScalaFile) {
  listener_.set(Param::kTuning, 3);
  listener_.set(Param::kTonic, 9);
  EXPECT_NEAR(hear(kBetweenNotes).f0_hz, kBetweenNotes, 0.2) << "no file yet";
  ASSERT_TRUE(listener_.set_scala("! two.scl\n!\nfifths\n 2\n!\n 3/2\n 2/1\n"));
  EXPECT_NEAR(hear(600).f0_hz, 660, 0.3);
  EXPECT_FALSE(listener_.set_scala("no scale"));
  EXPECT_NEAR(hear(600).f0_hz, 660, 0.3) << "a refused file changes nothing";
}

TEST_F(ListenerTest, TransposesAndOffsetsWhatTheNetworkSeesAlone) {
  listener_.set(Param::kTranspose, 12);
  listener_.set(Param::kLoudnessOffset, -6);
  const Features frame = hear(kBetweenNotes);
  EXPECT_NEAR(frame.f0_hz, 2 * kBetweenNotes, 0.5);
  EXPECT_NEAR(listener_.played().f0_hz, kBetweenNotes, 0.2);
  EXPECT_FLOAT_EQ(frame.loudness_db, listener_.played().loudness_db - 6);
}

TEST_F(ListenerTest, InputGainIsHeardAsLoudness) {
  const float before_db = hear(kBetweenNotes).loudness_db;
  listener_.set(Param::kInputGain, -12);
  EXPECT_NEAR(hear(kBetweenNotes).loudness_db, before_db - 12, 0.05);
}

TEST_F(ListenerTest, InputGainGoesToItsNewValueWithinOneHop) {
  const auto peak_of_click = [this](std::size_t at) {
    std::vector<float> hop(kHop);
    hop[at] = 0.05F;
    listener_.listen(hop, 0, kHop);
    listener_.next(kHop, {});
    return listener_.input_peak();
  };
  for (const std::size_t at : {std::size_t{0}, kHop / 2, kHop - 1}) {
    listener_.set(Param::kInputGain, 0);
    peak_of_click(0);
    EXPECT_NEAR(peak_of_click(at), 0.05F, 1e-6);
    listener_.set(Param::kInputGain, 20);
    const float way = static_cast<float>(at + 1) / static_cast<float>(kHop);
    EXPECT_NEAR(peak_of_click(at), 0.05F * (1 + 9 * way), 1e-5) << at;
    EXPECT_NEAR(peak_of_click(0), 0.5F, 1e-5);
  }
}

TEST_F(ListenerTest, WhatIsNotANumberCountsAsSilence) {
  std::vector<float> hop(kHop, 0.1F);
  hop[3] = HUGE_VALF;
  hop[4] = std::nanf("");
  hop[kHop - 1] = -HUGE_VALF;
  listener_.listen(hop, 0, kHop);
  const Features frame = listener_.next(kHop, {});
  EXPECT_EQ(listener_.input_peak(), 0.1F);
  EXPECT_TRUE(std::isfinite(frame.f0_hz) && std::isfinite(frame.loudness_db));
  EXPECT_NEAR(hear(440).f0_hz, 440, 0.2);
}

// Syllables that fall by a third, hissing consonants between them.
TEST_F(ListenerTest, TalkIsUnvoicedAndIgnoredOnRequest) {
  std::vector<float> hop(kHop);
  unsigned noise = 1;
  double pitch_hz = 0;
  int voiced = 0;
  int ignored = 0;
  for (int frame = 0; frame < 1000; ++frame) {
    const int place = frame % 62;  // 0.25 s
    const bool vowel = place < 42;
    if (place == 0) pitch_hz = 130 + 17 * (frame / 62 % 5);
    for (float& sample : hop) {
      pitch_hz *= 1 - 1.7 / kRateHz;
      turns_ += pitch_hz / kRateHz;
      noise = noise * 1664525U + 1013904223U;
      const double hiss = static_cast<double>(noise >> 8U) / 8388608.0 - 1;
      const double saw = 2 * (turns_ - std::floor(turns_)) - 1;
      sample = static_cast<float>(vowel ? 0.2 * saw : place < 56 ? 0.05 * hiss : 0);
    }
    if (frame == 500) {
      EXPECT_FALSE(listener_.ignoring());
      listener_.set(Param::kIgnoreTalk, 1);
    }
    listener_.listen(hop, 0, kHop);
    const Features heard = listener_.next(kHop, {});
    if (frame < 500) continue;
    voiced += heard.confidence >= kVoicedConfidence ? 1 : 0;
    ignored += listener_.ignoring() ? 1 : 0;
  }
  EXPECT_EQ(voiced, 0);
  EXPECT_EQ(ignored, 500);
  EXPECT_GE(hear(kBetweenNotes).confidence, kVoicedConfidence);
  EXPECT_FALSE(listener_.ignoring());
}

TEST_F(ListenerTest, KeysTakeTheInputsPlace) {
  hear(kBetweenNotes);
  listener_.play_keys(true);
  ASSERT_TRUE(listener_.midi(0x90, 60, 100, 0));
  EXPECT_NEAR(hear(kBetweenNotes).f0_hz, 261.63, 0.01);
  listener_.play_keys(false);
  EXPECT_NEAR(hear(kBetweenNotes).f0_hz, kBetweenNotes, 0.2);
}

}  // namespace
}  // namespace sideband
