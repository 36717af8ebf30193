// The harmonic bank against a float64 sum of sines.
#include "core/synth/harmonic_noise/harmonic_bank.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "tests/unit/synth/fm_reference.h"

namespace sideband {
namespace {

// The Rudin-Shapiro sequence by its recurrence, behind eight partials in phase.
double rudin_shapiro(std::size_t n) {
  if (n == 0) return 1;
  return (n % 2 == 1 && n / 2 % 2 == 1 ? -1 : 1) * rudin_shapiro(n / 2);
}
double sign_of(std::size_t h) {
  return h < 8 ? 1 : rudin_shapiro(h);
}

Controls bank_frame(int k, double f0_hz, int harmonics) {
  Controls frame;
  frame.f0_hz = f0_hz * std::exp2(0.1 * std::sin(0.05 * k));
  frame.amplitude = 0.6F + 0.4F * std::sin(0.03F * static_cast<float>(k));
  for (int h = 0; h < harmonics; ++h) {
    frame.harmonic[static_cast<std::size_t>(h)] =
        (1.0F + std::sin(0.2F * static_cast<float>(h * k % 100))) / static_cast<float>(harmonics);
  }
  return frame;
}

double bank_error_db(int rate_hz, std::size_t hop, double f0_hz, int harmonics, int only = 0) {
  HarmonicBank bank;
  bank.prepare(rate_hz, kHarmonics);
  std::vector<float> actual;
  std::vector<double> expected;
  std::vector<float> block(hop);
  Controls previous;
  long double phase = 0;
  for (int k = 0; k < 200; ++k) {
    Controls frame = bank_frame(k, f0_hz, harmonics);
    for (int h = 0; h < kHarmonics && only > 0; ++h) {
      if (h + 1 != only) frame.harmonic[static_cast<std::size_t>(h)] = 0;
    }
    if (k == 0) previous = frame;
    bank.render(frame, block);
    actual.insert(actual.end(), block.begin(), block.end());
    for (std::size_t n = 0; n < hop; ++n) {
      const double r = static_cast<double>(n + 1) / static_cast<double>(hop);
      phase +=
          static_cast<long double>(previous.f0_hz + (frame.f0_hz - previous.f0_hz) * r) / rate_hz;
      phase -= std::floor(phase);
      double sum = 0;
      for (std::size_t h = 0; h < kHarmonics; ++h) {
        const double from = static_cast<double>(previous.amplitude * previous.harmonic[h]);
        const double to = static_cast<double>(frame.amplitude * frame.harmonic[h]);
        if (from == 0 && to == 0) continue;
        const long double turns = phase * static_cast<long double>(h + 1);
        sum += sign_of(h) * (from + (to - from) * r) *
               std::sin(2 * std::numbers::pi * static_cast<double>(turns - std::floor(turns)));
      }
      expected.push_back(sum);
    }
    previous = frame;
  }
  return test::error_db(actual, expected);
}

TEST(HarmonicBank, EqualsTheFloat64Sum) {
  EXPECT_LE(bank_error_db(16000, 64, 70, 100), -100);
  EXPECT_LE(bank_error_db(48000, 192, 200, 100), -100);
  EXPECT_LE(bank_error_db(44100, 177, 200, 100), -100);
  EXPECT_LE(bank_error_db(16000, 64, 440, 15), -100);
}

TEST(HarmonicBank, TheHundredthHarmonicIsAsExactAsTheFirst) {
  EXPECT_LE(bank_error_db(48000, 192, 55, 100, 100), -90);
  EXPECT_LE(bank_error_db(48000, 192, 200, 100, 100), -90);
  EXPECT_LE(bank_error_db(48000, 192, 200, 100, 1), -100);
}

TEST(HarmonicBank, StaysExactThroughAnHourOfOneNote) {
  constexpr std::int64_t kHops = 250 * 60 * test::kHourMinutes;
  constexpr std::int64_t kCompared = 500;
  HarmonicBank bank;
  bank.prepare(16000, kHarmonics);
  Controls frame;
  frame.f0_hz = 3217.89;  // few harmonics below half the rate, so that an hour takes seconds
  frame.amplitude = 1;
  frame.harmonic[0] = 0.7F;
  frame.harmonic[1] = 0.3F;
  std::vector<float> block(64);
  std::vector<float> actual;
  for (std::int64_t k = 0; k < kHops; ++k) {
    bank.render(frame, block);
    if (k >= kHops - kCompared) actual.insert(actual.end(), block.begin(), block.end());
  }
  std::vector<double> expected;
  for (std::int64_t n = (kHops - kCompared) * 64; n < kHops * 64; ++n) {
    double sum = 0;
    for (int h = 1; h <= 2; ++h) {
      const long double turns =
          static_cast<long double>(n + 1) * h * static_cast<long double>(3217.89) / 16000;
      const double phase = static_cast<double>(turns - std::floor(turns));
      sum += static_cast<double>(frame.harmonic[static_cast<std::size_t>(h - 1)]) *
             std::sin(2 * std::numbers::pi * phase);
    }
    expected.push_back(sum);
  }
  EXPECT_LE(test::error_db(actual, expected), -100);
}

TEST(HarmonicBank, FadesWhatNearsNyquist) {
  HarmonicBank bank;
  bank.prepare(16000, kHarmonics);
  Controls frame;
  frame.amplitude = 1;
  frame.harmonic[1] = 1;
  std::vector<float> out;
  std::vector<float> block(64);
  for (int k = 0; k < 200; ++k) {
    frame.f0_hz = 3800 + 3 * k;  // the second harmonic passes 8 kHz at k = 67
    bank.render(frame, block);
    out.insert(out.end(), block.begin(), block.end());
  }
  const auto peak = [&](int from_hop, int to_hop) {
    float worst = 0;
    for (int n = from_hop * 64; n < to_hop * 64; ++n) {
      worst = std::max(worst, std::abs(out[static_cast<std::size_t>(n)]));
    }
    return worst;
  };
  EXPECT_NEAR(peak(0, 30), 1, 0.01);
  EXPECT_EQ(peak(68, 200), 0);
  EXPECT_LT(peak(60, 67), 0.3F);
}

TEST(HarmonicBank, TakesNoHarmFromNonsense) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 3e38F}) {
    HarmonicBank bank;
    bank.prepare(48000, kHarmonics);
    std::vector<float> block(192);
    for (int k = 0; k < 20; ++k) {
      Controls frame = bank_frame(k, 220, 100);
      if (k % 2 == 1) {
        frame.f0_hz = static_cast<double>(bad);
        frame.amplitude = bad;
        frame.harmonic[7] = bad;
      }
      bank.render(frame, block);
      for (const float sample : block) ASSERT_TRUE(std::isfinite(sample));
    }
  }
}

}  // namespace
}  // namespace sideband
