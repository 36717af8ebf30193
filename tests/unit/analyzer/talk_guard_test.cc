#include "core/analyzer/talk_guard.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

namespace sideband {
namespace {

constexpr float kLoudDb = -25;

// Voiced while `semitones` gives a pitch above A4 − 100, `gap_db` loud otherwise.
int frames_of_talk(TalkGuard& guard, int frames, float gap_db,
                   const std::function<double(int)>& semitones) {
  int talk = 0;
  for (int frame = 0; frame < frames; ++frame) {
    const double pitch = semitones(frame);
    const bool voiced = pitch > -100;
    Features heard;
    heard.f0_hz = voiced ? static_cast<float>(440 * std::exp2(pitch / 12)) : 200.0F;
    heard.confidence = voiced ? 0.9F : 0.1F;
    heard.loudness_db = voiced ? kLoudDb : frame % 60 < 50 ? gap_db : -90.0F;
    guard.advance(heard);
    talk += guard.talking() ? 1 : 0;
  }
  return talk;
}

constexpr double kUnvoiced = -200;

// 160 ms of a vowel that falls by four semitones, 80 ms between.
double syllables(int frame) {
  const int place = frame % 60;
  return place < 40 ? -20 + frame / 60 % 3 - 0.1 * place : kUnvoiced;
}

TEST(TalkGuard, HearsTalkWithinTwoSeconds) {
  TalkGuard guard;
  frames_of_talk(guard, 500, kLoudDb - 15, syllables);
  EXPECT_TRUE(guard.talking());
  EXPECT_EQ(frames_of_talk(guard, 1000, kLoudDb - 15, syllables), 1000);
}

TEST(TalkGuard, ANoteEndsTalk) {
  TalkGuard guard;
  frames_of_talk(guard, 1000, kLoudDb - 15, syllables);
  const int talk = frames_of_talk(guard, 250, -90, [](int) { return 3.0; });
  EXPECT_LE(talk, 50);  // 0.2 s
  EXPECT_FALSE(guard.talking());
}

TEST(TalkGuard, PlayingIsNotTalk) {
  const double cycle = 2 * std::numbers::pi / 250;
  const auto vibrato = [=](int frame) {
    return frame % 100 < 85 ? frame / 100 % 5 + 0.5 * std::sin(6 * cycle * frame) : kUnvoiced;
  };
  const auto glide = [=](int frame) { return 10 * std::sin(0.7 * cycle * frame); };
  const auto staccato = [](int frame) { return frame % 40 < 22 ? frame / 40 % 7 : kUnvoiced; };
  const auto gliding_notes = [](int frame) {
    return frame % 80 < 60 ? frame / 80 % 4 + 0.1 * (frame % 80) : kUnvoiced;
  };
  for (const auto& playing :
       std::initializer_list<std::function<double(int)>>{vibrato, glide, staccato, gliding_notes}) {
    TalkGuard guard;
    EXPECT_EQ(frames_of_talk(guard, 3000, -90, playing), 0);
  }
}

}  // namespace
}  // namespace sideband
