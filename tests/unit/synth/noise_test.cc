// The noise branch: band energies, seams, seeds, and the same noise at every host rate.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <numbers>
#include <vector>

#include "core/synth/noise/noise_filter.h"
#include "core/synth/noise/noise_voice.h"
#include "core/util/fft.h"

namespace sideband {
namespace {

struct Memory {
  std::vector<std::byte> bytes = std::vector<std::byte>(1U << 20U);
  Arena arena{bytes};
};

Controls with_bands(float (*magnitude)(int)) {
  Controls frame;
  for (int b = 0; b < kNoiseBands; ++b) {
    frame.noise_band[static_cast<std::size_t>(b)] = magnitude(b);
  }
  return frame;
}

float tilted(int band) {
  return 0.05F + 0.9F * std::exp(-0.08F * static_cast<float>(band)) + (band == 40 ? 0.8F : 0.0F);
}

std::vector<float> filtered(const Controls& frame, int hops, std::uint32_t seed) {
  Memory memory;
  NoiseFilter filter;
  EXPECT_TRUE(filter.prepare(seed, memory.arena));
  std::vector<float> out(static_cast<std::size_t>(hops) * kHopSamples);
  for (int k = 0; k < hops; ++k) {
    filter.render(frame.noise_band, 1,
                  std::span<float, kHopSamples>(&out[static_cast<std::size_t>(k) * kHopSamples],
                                                kHopSamples));
  }
  return out;
}

// Gain of the filter at a frequency, from the definition in the header: in double, from the bands.
double expected_gain(const Controls& frame, double frequency_hz) {
  double gain = 0;
  for (int i = 1; i < 128; ++i) {
    const double nyquist = static_cast<double>(frame.noise_band[64]);
    double zero_phase =
        static_cast<double>(frame.noise_band[0]) + (i % 2 == 0 ? nyquist : -nyquist);
    for (int b = 1; b < 64; ++b) {
      zero_phase += 2.0 * frame.noise_band[static_cast<std::size_t>(b)] *
                    std::cos(2 * std::numbers::pi * b * (i - 64) / 128);
    }
    const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / 128);
    gain += zero_phase / 128 * window *
            std::cos(2 * std::numbers::pi * frequency_hz / 16000 * (i - 64));
  }
  return gain;
}

TEST(Noise, EveryBandHasItsEnergyOverTenSeconds) {
  const Controls frame = with_bands(tilted);
  const std::vector<float> noise = filtered(frame, 2500, 7);
  // Power within ±62 Hz of a band's centre, from ten periodograms of 1 s: bins are 1 Hz apart.
  constexpr int kSize = 16000;
  constexpr int kSegments = 10;
  Memory memory;
  RealFft fft;
  ASSERT_TRUE(fft.prepare(kSize, memory.arena));
  std::vector<double> power(kSize / 2 + 1);
  std::vector<std::complex<float>> spectrum(power.size());
  for (int segment = 0; segment < kSegments; ++segment) {
    fft.forward(std::span(noise).subspan(static_cast<std::size_t>(segment) * kSize, kSize),
                spectrum);
    for (std::size_t bin = 0; bin < power.size(); ++bin) {
      power[bin] += static_cast<double>(std::norm(spectrum[bin])) / kSize / kSegments;
    }
  }
  for (int band = 1; band < 64; ++band) {
    double measured = 0;
    double expected = 0;
    for (int frequency = band * 125 - 62; frequency <= band * 125 + 62; ++frequency) {
      measured += power[static_cast<std::size_t>(frequency)];
      const double gain = expected_gain(frame, frequency);
      expected += gain * gain / 3;  // uniform noise in [−1, 1] has variance 1/3
    }
    EXPECT_NEAR(10 * std::log10(measured / expected), 0, 0.5) << "band " << band;
  }
}

TEST(Noise, TheWindowSmoothsOverThreeBands) {
  const Controls frame = with_bands(tilted);
  for (const int band : {0, 1, 39, 40, 41, 64}) {
    const auto at = [&](int b) {
      return static_cast<double>(frame.noise_band[static_cast<std::size_t>(b < 0    ? -b
                                                                           : b > 64 ? 128 - b
                                                                                    : b)]);
    };
    EXPECT_NEAR(expected_gain(frame, band * 125.0),
                at(band) / 2 + (at(band - 1) + at(band + 1)) / 4, 1e-9);
  }
}

TEST(Noise, EqualsItsDefinitionSampleBySample) {
  // Filters that change with every hop, overlap-added in double.
  Memory memory;
  NoiseFilter filter;
  ASSERT_TRUE(filter.prepare(3, memory.arena));
  constexpr int kHops = 40;
  std::vector<double> expected((kHops + 3) * 64);
  std::vector<float> actual(kHops * 64);
  Rng rng(3);
  for (int k = 0; k < kHops; ++k) {
    Controls frame;
    for (int b = 0; b < kNoiseBands; ++b) {
      frame.noise_band[static_cast<std::size_t>(b)] =
          1.0F + std::sin(0.3F * static_cast<float>(b) + 0.5F * static_cast<float>(k));
    }
    filter.render(frame.noise_band, 1,
                  std::span<float, kHopSamples>(&actual[static_cast<std::size_t>(k) * 64], 64));
    std::vector<double> taps(128);
    for (int i = 0; i < 128; ++i) {
      const double nyquist = static_cast<double>(frame.noise_band[64]);
      double zero_phase =
          static_cast<double>(frame.noise_band[0]) + (i % 2 == 0 ? nyquist : -nyquist);
      for (int b = 1; b < 64; ++b) {
        zero_phase += 2.0 * static_cast<double>(frame.noise_band[static_cast<std::size_t>(b)]) *
                      std::cos(2 * std::numbers::pi * b * (i - 64) / 128);
      }
      taps[static_cast<std::size_t>(i)] =
          zero_phase / 128 * (0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / 128));
    }
    for (int n = 0; n < 64; ++n) {
      const double x = rng.uniform();
      for (int i = 0; i < 128; ++i) {
        const int index = k * 64 + n + i;
        const auto at = static_cast<std::size_t>(index);
        expected[at] += x * taps[static_cast<std::size_t>(i)];
      }
    }
  }
  for (std::size_t n = 0; n < actual.size(); ++n) {
    ASSERT_NEAR(static_cast<double>(actual[n]), expected[n], 1e-5) << n;
  }
}

TEST(Noise, TheSeedDecidesAndResetReturnsToIt) {
  const Controls frame = with_bands(tilted);
  EXPECT_EQ(filtered(frame, 20, 5), filtered(frame, 20, 5));
  EXPECT_NE(filtered(frame, 20, 5), filtered(frame, 20, 6));
  Memory memory;
  NoiseVoice voice;
  ASSERT_TRUE(voice.prepare(44100, 5, memory.arena));
  while (voice.load_step()) {
  }
  std::vector<float> first(176);
  std::vector<float> again(176);
  voice.render(frame, 1, first);
  voice.render(frame, 1, again);
  voice.reset();
  std::fill(again.begin(), again.end(), 0.0F);
  voice.render(frame, 1, again);
  EXPECT_EQ(first, again);
}

TEST(Noise, IsTheSameAtEveryHostRate) {
  const Controls frame = with_bands([](int band) { return band < 40 ? 1.0F : 0.0F; });
  const std::vector<float> at_16k = filtered(frame, 250, 9);
  for (const int rate_hz : {32000, 44100, 48000, 96000, 192000}) {
    Memory memory;
    NoiseVoice voice;
    ASSERT_TRUE(voice.prepare(rate_hz, 9, memory.arena));
    while (voice.load_step()) {
    }
    HopClock clock(rate_hz);
    std::vector<float> out;
    for (int k = 0; k < 250; ++k) {
      std::vector<float> hop(static_cast<std::size_t>(clock.next_hop_samples()));
      voice.render(frame, 1, hop);
      out.insert(out.end(), hop.begin(), hop.end());
    }
    ASSERT_EQ(out.size(), static_cast<std::size_t>(rate_hz));
    // Sample n at 16 kHz sounds 16 input samples later (the resampler's delay).
    double error = 0;
    double energy = 0;
    for (std::size_t n = 1000; n < 15000; ++n) {
      const double place = (static_cast<double>(n) + 16) * rate_hz / 16000;
      const auto index = static_cast<std::size_t>(place);
      if (static_cast<double>(index) != place) continue;
      const double difference = static_cast<double>(out[index]) - static_cast<double>(at_16k[n]);
      error += difference * difference;
      energy += static_cast<double>(at_16k[n]) * static_cast<double>(at_16k[n]);
    }
    EXPECT_LT(10 * std::log10(error / energy), -45) << rate_hz;
  }
}

TEST(Noise, HopsOfAnyLengthAreFilled) {
  const Controls frame = with_bands([](int) { return 1.0F; });
  Memory memory;
  NoiseVoice voice;
  ASSERT_TRUE(voice.prepare(48000, 1, memory.arena));
  while (voice.load_step()) {
  }
  std::vector<float> start(192);  // the filter's delay
  voice.render(frame, 1, start);
  for (const std::size_t length : {1U, 192U, 500U, 3U, 1000U, 192U}) {
    std::vector<float> hop(length + 192);
    voice.render(frame, 1, std::span(hop).first(length));
    voice.render(frame, 1, std::span(hop).subspan(length));
    EXPECT_NE(hop.back(), 0.0F) << length;
  }
}

TEST(Noise, NonsenseIsSilence) {
  Controls frame = with_bands(tilted);
  frame.noise_band[3] = std::numeric_limits<float>::quiet_NaN();
  frame.noise_band[9] = std::numeric_limits<float>::infinity();
  for (const float sample : filtered(frame, 10, 1)) ASSERT_TRUE(std::isfinite(sample));
}

}  // namespace
}  // namespace sideband
