// Integrated loudness against the values that ITU-R BS.1770-4 and EBU Tech 3341 state.
#include "core/measure/loudness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace sideband {
namespace {

// A sine whose level changes: {dBFS, seconds} after each other.
std::vector<float> sine(double hz, int rate_hz, std::vector<std::pair<double, double>> steps) {
  std::vector<float> out;
  for (const auto& [db, seconds] : steps) {
    const auto end = out.size() + static_cast<std::size_t>(seconds * rate_hz);
    while (out.size() < end) {
      const double turn = 2 * std::numbers::pi * hz * static_cast<double>(out.size()) / rate_hz;
      out.push_back(static_cast<float>(std::pow(10, db / 20) * std::sin(turn)));
    }
  }
  return out;
}

double loudness(const std::vector<float>& samples, int rate_hz) {
  std::vector<std::byte> memory(1U << 16U);
  Arena arena(memory);
  return integrated_loudness_lufs(samples, rate_hz, arena);
}

TEST(Loudness, AFullScaleSineOf997HzInOneChannelIsMinus3Point01) {
  // BS.1770-4, the sentence below table 3.
  for (const int rate_hz : {44100, 48000, 96000}) {
    EXPECT_NEAR(loudness(sine(997, rate_hz, {{0, 5}}), rate_hz), -3.01, 0.02) << rate_hz;
  }
  // The shelf begins a little lower here, as the header says.
  EXPECT_NEAR(loudness(sine(997, 16000, {{0, 5}}), 16000), -3.01 + 0.04, 0.02);
}

TEST(Loudness, QuietPassagesAreGated) {
  // EBU Tech 3341, cases 3 to 5, whose figures are for the same sine in two channels: +3.01 LU.
  EXPECT_NEAR(loudness(sine(1000, 48000, {{-36, 10}, {-23, 60}, {-36, 10}}), 48000), -26.01, 0.1);
  EXPECT_NEAR(
      loudness(sine(1000, 48000, {{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}), 48000),
      -26.01, 0.1);
  EXPECT_NEAR(loudness(sine(1000, 48000, {{-26, 20}, {-20, 20.1}, {-26, 20}}), 48000), -26.01, 0.1);
}

TEST(Loudness, LowNotesCountLessAndHighOnesMore) {
  // Figure 4 of BS.1770-4 and its tables: about −1.0 dB at 100 Hz, +3.3 dB at 4 kHz against 1 kHz.
  const double middle = loudness(sine(997, 48000, {{-20, 3}}), 48000);
  EXPECT_NEAR(loudness(sine(100, 48000, {{-20, 3}}), 48000) - middle, -1.8, 0.3);
  EXPECT_NEAR(loudness(sine(4000, 48000, {{-20, 3}}), 48000) - middle, 3.3, 0.3);
}

TEST(Loudness, SilenceAndBlinksHaveNone) {
  EXPECT_EQ(loudness(std::vector<float>(48000), 48000), kNoLoudness);
  EXPECT_EQ(loudness(sine(997, 48000, {{0, 0.35}}), 48000), kNoLoudness);
  EXPECT_EQ(loudness(sine(997, 48000, {{-80, 2}}), 48000), kNoLoudness);
}

}  // namespace
}  // namespace sideband
