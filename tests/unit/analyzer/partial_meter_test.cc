#include "core/analyzer/partial_meter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <span>
#include <vector>

namespace sideband {
namespace {

constexpr std::size_t kSamples = 704;
constexpr std::size_t kApart = 48;  // samples from one window to the other
constexpr double kTurn = 2 * std::numbers::pi;

// A note whose partials fall off, each at a phase of its own; `stray` in units of 1 / T, of the
// second partial.
std::vector<float> note(double period, double stray) {
  std::vector<float> signal(kSamples);
  for (std::size_t n = 0; n < signal.size(); ++n) {
    double sum = 0;
    for (int k = 1; k <= 16; ++k) {
      const double frequency = (k + (k == 2 ? stray : 0)) / period;
      sum += std::cos(kTurn * frequency * static_cast<double>(n) + 0.7 * k * k) / k;
    }
    signal[n] = static_cast<float>(sum);
  }
  return signal;
}

// Σ x[n] e^−iθn under a Hann window, in double precision.
std::complex<double> sum_under_window(std::span<const float> x, double turns_per_sample) {
  std::complex<double> sum;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const auto place = static_cast<double>(n);
    const double weight = 1 - std::cos(kTurn * place / static_cast<double>(x.size()));
    sum += weight * static_cast<double>(x[n]) * std::polar(1.0, -kTurn * turns_per_sample * place);
  }
  return sum;
}

std::size_t window_samples(double period) {
  const double pairs = std::max(1.0, std::ceil(kMinEvidenceSamples / (2 * period)));
  return static_cast<std::size_t>(std::lround(2 * period * pairs));
}

class PartialMeterTest : public testing::TestWithParam<double> {};

TEST_P(PartialMeterTest, MeasuresWhatTheSumsInDoublePrecisionAre) {
  const double period = GetParam();
  const std::vector<float> signal = note(period, 0.05);
  PartialMeter meter(signal, static_cast<float>(period));
  const Partials partials = meter.measure();
  ASSERT_GE(partials.heard, 4U);
  const std::size_t count = window_samples(period);
  const auto newer = std::span(signal).last(count);
  const auto older = std::span(signal).last(count + kApart).first(count);
  double loudest = 0;
  for (std::size_t k = 1; k <= partials.heard; ++k) {
    loudest = std::max(loudest, std::abs(sum_under_window(newer, static_cast<double>(k) / period)));
  }
  for (std::size_t k = 1; k <= partials.heard; ++k) {
    const double frequency = static_cast<double>(k) / period;
    const std::complex<double> now = sum_under_window(newer, frequency);
    const std::complex<double> before = sum_under_window(older, frequency);
    EXPECT_NEAR(partials.amplitude[k - 1], std::abs(now), 2e-5 * loudest) << "partial " << k;
    const double turns = std::arg(now / before) / kTurn - kApart * frequency;
    const double drift = (turns - std::rint(turns)) * period / kApart;
    const double least = std::min(std::abs(now), std::abs(before));
    EXPECT_NEAR(partials.drift[k - 1], drift, 1e-5 * period * loudest / (kApart * least))
        << "partial " << k;
  }
}

// Below 144 samples the partials are summed two samples at a time, from there on four.
INSTANTIATE_TEST_SUITE_P(Periods, PartialMeterTest,
                         testing::Values(33.3, 61.0, 100.5, 143.0, 145.2, 200.25, 256.0, 327.7));

}  // namespace
}  // namespace sideband
