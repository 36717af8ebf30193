#include "core/analyzer/analyzer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/unit/analyzer/analyzer_fixture.h"

namespace sideband {
namespace {

std::vector<float> mixed_signal(int rate_hz) {
  auto audio = tone(
      rate_hz, 0.6, [](double t) { return 200 + 400 * t; }, 0.2, 10);
  unsigned state = 3;
  for (std::size_t n = 0; n < audio.size(); ++n) {
    state = state * 1664525U + 1013904223U;
    audio[n] += 0.02F * (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F);
    if (n % 9000 > 7000) audio[n] *= 0.01F;
  }
  return audio;
}

TEST(Analyzer, BlockSizeDoesNotMatter) {
  for (const int rate_hz : {8000, 11025, 16000, 44100, 48000, 96000}) {
    const auto audio = mixed_signal(rate_hz);
    const auto expected = analyze(audio, {.sample_rate_hz = rate_hz}, audio.size()).frames;
    EXPECT_EQ(expected.size(), audio.size() * 250 / static_cast<std::size_t>(rate_hz));
    for (const std::size_t block : {1U, 31U, 64U, 128U, 480U, 1024U}) {
      const auto frames = analyze(audio, {.sample_rate_hz = rate_hz}, block).frames;
      ASSERT_EQ(frames.size(), expected.size());
      for (std::size_t k = 0; k < frames.size(); ++k) {
        ASSERT_EQ(frames[k].f0_hz, expected[k].f0_hz) << rate_hz << " Hz, block " << block;
        ASSERT_EQ(frames[k].confidence, expected[k].confidence);
        ASSERT_EQ(frames[k].loudness_db, expected[k].loudness_db);
      }
    }
  }
}

TEST(Analyzer, FramesComeOnTheHopClock) {
  std::vector<std::byte> memory(1U << 20U);
  Arena arena(memory);
  Analyzer analyzer;
  ASSERT_TRUE(analyzer.prepare({.sample_rate_hz = 44100}, arena).ok());
  HopClock clock(44100);
  std::vector<float> hop(200);
  Features frame;
  for (int k = 0; k < 300; ++k) {
    const int samples = clock.next_hop_samples();
    ASSERT_EQ(analyzer.samples_until_frame(), samples);
    ASSERT_FALSE(analyzer.process({hop.data(), 100}, frame));
    ASSERT_TRUE(analyzer.process({hop.data(), static_cast<std::size_t>(samples - 100)}, frame));
  }
}

TEST(Analyzer, BadInputStaysOutside) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const float denormal = std::numeric_limits<float>::denorm_min();
  for (const int rate_hz : {16000, 44100}) {
    auto audio = mixed_signal(rate_hz);
    const float bad[] = {nan, infinity, -infinity, 1e30F, denormal, -1e-40F, 1.0F, -1.0F};
    for (std::size_t n = 2000; n < 6000; ++n) audio[n] = bad[n % std::size(bad)];
    const auto good = steady_tone(rate_hz, 0.4, 440, 0.3, 6);
    audio.insert(audio.end(), good.begin(), good.end());
    const auto frames = analyze(audio, {.sample_rate_hz = rate_hz}).frames;
    for (const Features& frame : frames) {
      ASSERT_TRUE(frame.f0_hz >= kMinF0Hz && frame.f0_hz <= kMaxF0Hz);
      ASSERT_TRUE(frame.confidence >= 0.0F && frame.confidence <= 1.0F);
      ASSERT_TRUE(frame.loudness_db >= -120.0F && frame.loudness_db < 40.0F);
    }
    EXPECT_LT(std::abs(cents(frames.back().f0_hz, 440)), 3.0);
  }
}

TEST(Analyzer, ResetForgetsAll) {
  const auto audio = mixed_signal(16000);
  std::vector<std::byte> memory(1U << 20U);
  Arena arena(memory);
  Analyzer analyzer;
  ASSERT_TRUE(analyzer.prepare({.sample_rate_hz = 16000}, arena).ok());
  std::vector<Features> runs[2];
  for (auto& run : runs) {
    for (std::size_t at = 0; at + 64 <= audio.size(); at += 64) {
      Features frame;
      if (analyzer.process({audio.data() + at, 64}, frame)) run.push_back(frame);
    }
    Features frame;
    EXPECT_FALSE(analyzer.process({audio.data(), 17}, frame));
    analyzer.reset();
  }
  ASSERT_EQ(runs[0].size(), runs[1].size());
  for (std::size_t k = 0; k < runs[0].size(); ++k) {
    ASSERT_EQ(runs[0][k].f0_hz, runs[1][k].f0_hz);
    ASSERT_EQ(runs[0][k].loudness_db, runs[1][k].loudness_db);
  }
}

TEST(Analyzer, RefusesWhatItCannotDo) {
  std::vector<std::byte> memory(1U << 20U);
  Arena arena(memory);
  Analyzer analyzer;
  EXPECT_FALSE(analyzer.prepare({.sample_rate_hz = 4000}, arena).ok());
  EXPECT_FALSE(
      analyzer.prepare({.sample_rate_hz = 48000, .min_f0_hz = 500, .max_f0_hz = 200}, arena).ok());
  Arena none;
  EXPECT_FALSE(analyzer.prepare({.sample_rate_hz = 48000}, none).ok());
}

}  // namespace
}  // namespace sideband
