// The distances against what tools/train/metrics.py says of the same sounds, and the spectrogram.
#include "core/measure/distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "core/measure/picture.h"

namespace sideband {
namespace {

constexpr std::size_t kSamples = 32000;

double sine(double hz, std::size_t n) {
  return std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / kDistanceRateHz);
}

// Both are sums of rules that Python follows as easily.
std::vector<float> reference() {
  std::vector<float> out(kSamples);
  for (std::size_t n = 0; n < kSamples; ++n) {
    const double swell = std::min(1.0, static_cast<double>(n) / 8000);
    const double rough = static_cast<double>(n * 3571 % 1009) / 504.5 - 1;
    out[n] = static_cast<float>(0.5 * sine(440, n) * swell + 0.1 * sine(1320, n) + 0.01 * rough);
  }
  return out;
}

std::vector<float> rendering() {
  std::vector<float> out(kSamples);
  for (std::size_t n = 0; n < kSamples; ++n) {
    const double rough = static_cast<double>(n * 7919 % 1000) / 500 - 1;
    out[n] = static_cast<float>(0.4 * sine(446, n) + 0.05 * rough);
  }
  return out;
}

struct Scratch {
  std::vector<std::byte> memory = std::vector<std::byte>(kDistanceScratchBytes);
  Arena arena{memory};
};

TEST(Distance, AgreesWithTheTrainingsOwnFigures) {
  Scratch scratch;
  const auto theirs = reference();
  const auto ours = rendering();
  EXPECT_NEAR(multi_scale_spectral_distance(theirs, ours, scratch.arena), 10.2477, 2e-3);
  EXPECT_NEAR(mel_log_spectral_distance_db(theirs, ours, scratch.arena), 14.7942, 2e-3);
  const std::vector<float> silence(kSamples);
  EXPECT_NEAR(multi_scale_spectral_distance(theirs, silence, scratch.arena), 57.1308, 2e-3);
  EXPECT_NEAR(mel_log_spectral_distance_db(theirs, silence, scratch.arena), 46.8664, 2e-3);
}

TEST(Distance, IsNothingToItselfAndUnknownForABlink) {
  Scratch scratch;
  const auto sound = rendering();
  EXPECT_EQ(multi_scale_spectral_distance(sound, sound, scratch.arena), 0);
  EXPECT_EQ(mel_log_spectral_distance_db(sound, sound, scratch.arena), 0);
  const auto blink = std::span(sound).first(2000);
  EXPECT_EQ(multi_scale_spectral_distance(sound, blink, scratch.arena), -1);
  EXPECT_EQ(mel_log_spectral_distance_db(sound, blink, scratch.arena), -1);
}

TEST(Picture, ShowsASineAsOneLineOfItsLevel) {
  Scratch scratch;
  std::vector<float> sound(kSamples);
  for (std::size_t n = 0; n < kSamples; ++n) sound[n] = static_cast<float>(0.1 * sine(2000, n));
  constexpr int kColumns = 50;
  constexpr int kRows = 40;
  std::vector<float> db(static_cast<std::size_t>(kColumns) * kRows);
  ASSERT_TRUE(draw_spectrogram(sound, kDistanceRateHz, kColumns, kRows, db, scratch.arena));
  int brightest = 0;
  for (int row = 0; row < kRows; ++row) {
    const auto at = [&](int r) {
      return db[static_cast<std::size_t>(r * kColumns + kColumns / 2)];
    };
    if (at(row) > at(brightest)) brightest = row;
  }
  EXPECT_NEAR(db[static_cast<std::size_t>(brightest * kColumns + kColumns / 2)], -20, 0.5);
  const auto mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
  const double place = (mel(2000) - mel(kPictureLowestHz)) / (mel(8000) - mel(kPictureLowestHz));
  EXPECT_NEAR(kRows - 0.5 - brightest, place * kRows, 1);
  EXPECT_FALSE(draw_spectrogram(std::span(sound).first(100), kDistanceRateHz, kColumns, kRows, db,
                                scratch.arena));
}

}  // namespace
}  // namespace sideband
