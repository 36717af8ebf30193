// The anchor: its predictor finds a known filter, its sound keeps envelope and level and nothing
// else, at any block size.
#include "core/anchor/lpc_anchor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <vector>

#include "core/util/rng.h"

namespace sideband {
namespace {

std::vector<float> anchored(const std::vector<float>& in, std::size_t block = 128) {
  std::vector<std::byte> memory(1U << 16U);
  Arena arena(memory);
  LpcAnchor anchor;
  EXPECT_TRUE(anchor.prepare(arena));
  std::vector<float> out = in;
  for (std::size_t at = 0; at < out.size(); at += block) {
    const auto part = std::span(out).subspan(at, std::min(block, out.size() - at));
    anchor.process(part, part);
  }
  return out;
}

std::vector<float> noise(std::size_t samples) {
  Rng rng(7);
  std::vector<float> out(samples);
  for (float& sample : out) sample = 0.3F * rng.uniform();
  return out;
}

double energy(std::span<const float> samples) {
  double sum = 0;
  for (const float sample : samples)
    sum += static_cast<double>(sample) * static_cast<double>(sample);
  return sum;
}

double power_at(std::span<const float> samples, double hz) {
  std::complex<double> sum;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double turn = hz * static_cast<double>(n) / LpcAnchor::kRateHz;
    sum += static_cast<double>(samples[n]) * std::polar(1.0, -2 * std::numbers::pi * turn);
  }
  return std::norm(sum);
}

TEST(LinearPrediction, FindsTheFilterThatMadeTheSignal) {
  // x[n] = 1.2 x[n−1] − 0.72 x[n−2] + 0.1 x[n−3] + impulse: the autocorrelation of its response.
  const std::vector<double> truth{1.2, -0.72, 0.1};
  std::vector<double> x(4000);
  for (std::size_t n = 0; n < x.size(); ++n) {
    x[n] = n == 0 ? 1 : 0;
    for (std::size_t k = 0; k < std::min<std::size_t>(n, 3); ++k) x[n] += truth[k] * x[n - 1 - k];
  }
  std::vector<double> r(6);
  for (std::size_t lag = 0; lag < r.size(); ++lag) {
    for (std::size_t n = lag; n < x.size(); ++n) r[lag] += x[n] * x[n - lag];
  }
  std::vector<double> found(5);
  EXPECT_NEAR(predict_linearly(r, found), 1, 1e-9);  // all that is left is the impulse
  for (std::size_t k = 0; k < found.size(); ++k) {
    EXPECT_NEAR(found[k], k < truth.size() ? truth[k] : 0, 1e-9);
  }
}

TEST(LinearPrediction, SilenceIsPredictedBySilence) {
  const std::vector<double> r(11);
  std::vector<double> found(10, 1.0);
  EXPECT_EQ(predict_linearly(r, found), 0);
  EXPECT_EQ(found, std::vector<double>(10));
}

TEST(LpcAnchor, SoundsOneImpulseForEveryHalfWindow) {
  // White noise is unpredictable: its filter passes the impulse as it is.
  const auto out = anchored(noise(16000));
  const auto window = [&](int k) {
    return std::span(out).subspan(
        static_cast<std::size_t>(LpcAnchor::kWindow + k * LpcAnchor::kStep), LpcAnchor::kStep);
  };
  EXPECT_EQ(energy(std::span(out).first(LpcAnchor::kWindow)), 0);
  for (int k = 1; k < 30; ++k) {
    EXPECT_GT(energy(window(k).first(10)), 0.9 * energy(window(k))) << k;
  }
}

TEST(LpcAnchor, KeepsTheEnvelopeAndTheLevelButNotThePitch) {
  std::vector<float> in(32000);
  for (std::size_t n = 0; n < in.size(); ++n) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(n) / LpcAnchor::kRateHz;
    in[n] = static_cast<float>(0.3 * std::sin(1000 * turn) + 0.003 * std::sin(5000 * turn));
  }
  const auto out = anchored(in);
  const auto heard = std::span(out).subspan(8000);
  const double level_db = 10 * std::log10(energy(heard) / energy(std::span(in).subspan(8000)));
  EXPECT_NEAR(level_db, 0, 3);
  EXPECT_GT(power_at(heard, 1000), 1e4 * power_at(heard, 3000));
  // Whatever the pitch was, the sound repeats with the windows, 40 times a second.
  double error = 0;
  for (std::size_t n = LpcAnchor::kStep; n < heard.size(); ++n) {
    error += std::pow(static_cast<double>(heard[n] - heard[n - LpcAnchor::kStep]), 2);
  }
  EXPECT_LT(error, 1e-6 * energy(heard));
}

TEST(LpcAnchor, AnyBlockSizeSoundsTheSame) {
  const auto in = noise(9000);
  const auto whole = anchored(in, 9000);
  EXPECT_EQ(anchored(in, 1), whole);
  EXPECT_EQ(anchored(in, 333), whole);
}

TEST(LpcAnchor, SilenceAndRubbishStaySilent) {
  std::vector<float> in(8000);
  EXPECT_EQ(energy(anchored(in)), 0);
  std::fill(in.begin(), in.end(), std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(energy(anchored(in)), 0);
}

}  // namespace
}  // namespace sideband
