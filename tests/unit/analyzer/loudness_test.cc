#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tests/unit/analyzer/analyzer_fixture.h"

namespace sideband {
namespace {

// IEC 61672-1 annex E, relative to 1 kHz.
double a_weighting_db(double f) {
  const auto response = [](double x) {
    const double x2 = x * x;
    return 12194.217 * 12194.217 * x2 * x2 /
           ((x2 + 20.598997 * 20.598997) *
            std::sqrt((x2 + 107.65265 * 107.65265) * (x2 + 737.86223 * 737.86223)) *
            (x2 + 12194.217 * 12194.217));
  };
  return 20 * std::log10(response(f) / response(1000));
}

class LoudnessAtRate : public ::testing::TestWithParam<int> {};

TEST_P(LoudnessAtRate, SteadySinesReadTheirWeightedLevel) {
  const int rate_hz = GetParam();
  for (const double f : {65.4, 82.4, 110.0, 146.8, 220.0, 440.0, 1000.0, 1760.0, 3000.0}) {
    const auto audio = steady_tone(rate_hz, 0.5, f, 0.5, 1);
    const double expected = 10 * std::log10(0.125) + a_weighting_db(f);
    const auto frames = analyze(audio, {.sample_rate_hz = rate_hz}).frames;
    for (std::size_t k = 40; k < frames.size(); ++k) {
      ASSERT_NEAR(frames[k].loudness_db, expected, 0.2) << f << " Hz, frame " << k;
    }
  }
}

TEST_P(LoudnessAtRate, SteadyTonesDoNotRipple) {
  const int rate_hz = GetParam();
  for (const double f : {65.4, 98.0, 123.5, 196.0, 440.0}) {
    const auto frames =
        analyze(steady_tone(rate_hz, 0.6, f, 0.3, 16), {.sample_rate_hz = rate_hz}).frames;
    double low = 0;
    double high = -200;
    for (std::size_t k = 50; k < frames.size(); ++k) {
      low = std::min<double>(low, frames[k].loudness_db);
      high = std::max<double>(high, frames[k].loudness_db);
    }
    EXPECT_LT(high - low, 0.25) << f;
  }
}

TEST_P(LoudnessAtRate, RisesWithinEightMilliseconds) {
  const int rate_hz = GetParam();
  std::vector<float> audio(static_cast<std::size_t>(rate_hz / 5), 0.0F);
  const auto note = steady_tone(rate_hz, 0.2, 1000, 1.0, 1);
  audio.insert(audio.end(), note.begin(), note.end());
  const auto frames = analyze(audio, {.sample_rate_hz = rate_hz}).frames;
  double after_rise = -200;
  for (std::size_t k = 0; k < frames.size(); ++k) {
    const double since_start_ms = 4.0 * static_cast<double>(k + 1) - 200;
    if (since_start_ms <= 0) {
      EXPECT_LT(frames[k].loudness_db, -60.0F);
    }
    // The resampler holds the sound back by a millisecond.
    if (since_start_ms > 9 && since_start_ms < 13.1) after_rise = frames[k].loudness_db;
    if (since_start_ms > 20) {
      EXPECT_NEAR(frames[k].loudness_db, -3.01, 0.1);
    }
  }
  EXPECT_GT(after_rise, -3.01 - 0.5);
}

INSTANTIATE_TEST_SUITE_P(Rates, LoudnessAtRate,
                         ::testing::Values(16000, 22050, 32000, 44100, 48000, 88200, 96000,
                                           192000));

TEST(Loudness, SilenceReadsTheFloor) {
  for (const Features& frame :
       analyze(std::vector<float>(8000), {.sample_rate_hz = 48000}).frames) {
    EXPECT_EQ(frame.loudness_db, -120.0F);
  }
}

TEST(Loudness, ConstantOffsetIsNotHeard) {
  const auto frames = analyze(std::vector<float>(48000, 0.5F), {.sample_rate_hz = 48000}).frames;
  EXPECT_LT(frames.back().loudness_db, -90.0F);
}

}  // namespace
}  // namespace sideband
