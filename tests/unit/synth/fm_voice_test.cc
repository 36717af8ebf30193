// FmVoice against a float64 reference: all configurations, moving controls, feedback, hours.
#include "core/synth/fm/fm_voice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/unit/synth/fm_reference.h"

namespace sideband {
namespace {

using test::error_db;
using test::fm_configurations;
using test::FmConfiguration;
using test::FmReference;
using test::moving_frame;
using test::patch_of;

// Error of `frames` hops of `hop` samples at `rate_hz`.
double voice_error_db(const FmPatch& patch, const std::array<double, kOperators>& ratio,
                      int rate_hz, std::size_t hop, int frames) {
  FmVoice voice;
  voice.prepare(rate_hz);
  FmReference reference(patch, ratio, rate_hz);
  std::vector<float> actual(hop * static_cast<std::size_t>(frames));
  std::vector<double> expected(actual.size());
  for (int k = 0; k < frames; ++k) {
    const Controls frame = moving_frame(k, patch.i_max);
    const auto start = hop * static_cast<std::size_t>(k);
    voice.render(frame, patch, std::span(actual).subspan(start, hop));
    reference.render(frame, std::span(expected).subspan(start, hop));
  }
  return error_db(actual, expected);
}

TEST(FmVoice, EqualsTheFloat64ReferenceInAllConfigurations) {
  for (const FmConfiguration& configuration : fm_configurations()) {
    for (const float i_max : {2.0F, 6.2831853F, 12.566371F}) {
      const double error =
          voice_error_db(patch_of(configuration, i_max), configuration.ratio, 16000, 64, 750);
      RecordProperty(configuration.name + std::to_string(i_max), std::to_string(error));
      EXPECT_LE(error, -100) << configuration.name << ", i_max " << i_max;
    }
  }
}

TEST(FmVoice, EqualsTheReferenceAtAnyHopLength) {
  const FmConfiguration& flute = fm_configurations()[1];
  const std::vector<std::pair<int, std::size_t>> hops{{16000, 64},  {44100, 176}, {44100, 177},
                                                      {48000, 192}, {96000, 384}, {16000, 1},
                                                      {16000, 3},   {16000, 65}};
  for (const auto& [rate_hz, hop] : hops) {
    const double error = voice_error_db(patch_of(flute, 2), flute.ratio, rate_hz, hop, 300);
    EXPECT_LE(error, -100) << hop << " samples at " << rate_hz << " Hz";
  }
}

TEST(FmVoice, HearsItsOwnPastAndThatOfLowerOperators) {
  for (const FmConfiguration& configuration : fm_configurations()) {
    FmPatch patch = patch_of(configuration, 1.5F);
    patch.modulation[5][5] = 0.5F;
    patch.modulation[0][0] = 0.25F;
    EXPECT_LE(voice_error_db(patch, configuration.ratio, 16000, 64, 500), -100)
        << configuration.name << " with self-feedback";
    patch.modulation[3][0] = 0.3F;
    patch.modulation[5][2] = 0.3F;
    EXPECT_LE(voice_error_db(patch, configuration.ratio, 16000, 64, 500), -100)
        << configuration.name << " with feedback across operators";
  }
}

// Every sample is rendered.
TEST(FmVoice, StaysExactThroughAnHourOfOneNote) {
  constexpr int kCompared = 500;
  constexpr std::size_t kHop = 64;
  for (const FmConfiguration& configuration : fm_configurations()) {
    // The longest for one of them: an operator's phase knows nothing of the routing.
    const bool first = &configuration == &fm_configurations().front();
    const int frames = 250 * 60 * (first ? test::kHourMinutes : 5);
    const FmPatch patch = patch_of(configuration, 2);
    Controls frame = moving_frame(0, 2);
    frame.f0_hz = 443.21;
    FmVoice voice;
    voice.prepare(16000);
    std::vector<float> block(kHop);
    std::vector<float> actual;
    for (int k = 0; k < frames; ++k) {
      voice.render(frame, patch, block);
      if (k >= frames - kCompared) actual.insert(actual.end(), block.begin(), block.end());
    }
    // Constant controls: the phase of sample n is (n + 1)·ratio·f0/rate in closed form.
    std::vector<double> expected;
    for (std::int64_t n = std::int64_t{frames - kCompared} * 64; n < std::int64_t{frames} * 64;
         ++n) {
      std::array<double, kOperators> y{};
      double sum = 0;
      for (std::size_t op = kOperators; op-- > 0;) {
        const long double turns = static_cast<long double>(n + 1) *
                                  static_cast<long double>(configuration.ratio[op]) *
                                  static_cast<long double>(443.21) / 16000;
        double radians = 2 * std::numbers::pi * static_cast<double>(turns - std::floor(turns));
        for (std::size_t from = op + 1; from < kOperators; ++from) {
          radians += static_cast<double>(patch.modulation[op][from]) * y[from];
        }
        y[op] = static_cast<double>(frame.level[op]) * std::sin(radians);
        sum += y[op] * static_cast<double>(patch.carrier[op]) / 2;
      }
      expected.push_back(sum);
    }
    const double error = error_db(actual, expected);
    RecordProperty(configuration.name, std::to_string(error));
    EXPECT_LE(error, -100) << configuration.name;
  }
}

TEST(FmVoice, IsAPureSineWithOneCarrier) {
  FmPatch patch;
  patch.carrier[0] = 1;
  Controls frame;
  frame.f0_hz = 440;
  frame.level[0] = 1;
  FmVoice voice;
  voice.prepare(48000);
  std::vector<float> out(192);
  for (int k = 0; k < 50; ++k) {
    voice.render(frame, patch, out);
    for (std::size_t n = 0; n < out.size(); ++n) {
      const double time = (k * 192.0 + static_cast<double>(n) + 1) / 48000;
      ASSERT_NEAR(static_cast<double>(out[n]), std::sin(2 * std::numbers::pi * 440 * time), 1e-6);
    }
  }
}

TEST(FmVoice, MakesTheSidebandsBesselPredicts) {
  // Carrier 3500 Hz, modulator 250 Hz, index 1.7: sideband n is J_n(1.7), both sides.
  FmPatch patch;
  patch.ratio = {14, 1, 1, 1, 1, 1};
  patch.modulation[0][1] = 1;
  patch.carrier[0] = 1;
  Controls frame;
  frame.f0_hz = 250;
  frame.level = {1, 1.7F, 0, 0, 0, 0};
  FmVoice voice;
  voice.prepare(16000);
  std::vector<float> out;
  std::vector<float> block(64);
  for (int k = 0; k < 250; ++k) {
    voice.render(frame, patch, block);
    out.insert(out.end(), block.begin(), block.end());
  }
  const auto bessel = [](int order, double x) {  // J_n(x) = 1/π ∫ cos(nt − x·sin t) dt
    double sum = 0;
    for (int i = 0; i < 2000; ++i) {
      const double t = std::numbers::pi * (i + 0.5) / 2000;
      sum += std::cos(order * t - x * std::sin(t)) / 2000;
    }
    return sum;
  };
  for (int order = -3; order <= 3; ++order) {
    double re = 0;
    double im = 0;
    for (std::size_t n = 0; n < out.size(); ++n) {
      const double radians =
          2 * std::numbers::pi * (3500 + 250 * order) * static_cast<double>(n + 1) / 16000;
      re += static_cast<double>(out[n]) * std::cos(radians);
      im += static_cast<double>(out[n]) * std::sin(radians);
    }
    const double amplitude = 2 * std::hypot(re, im) / static_cast<double>(out.size());
    EXPECT_NEAR(amplitude, std::abs(bessel(order, 1.7)), 1e-5) << "sideband " << order;
  }
}

// Largest |second difference|: what a click adds to, whatever the signal's slope is.
double roughness(const std::vector<float>& samples, std::size_t begin, std::size_t end) {
  double worst = 0;
  for (std::size_t n = begin + 2; n < end; ++n) {
    const double bend = static_cast<double>(samples[n]) -
                        2.0 * static_cast<double>(samples[n - 1]) +
                        static_cast<double>(samples[n - 2]);
    worst = std::max(worst, std::abs(bend));
  }
  return worst;
}

TEST(FmVoice, EveryEditOfThePatchIsFreeOfClicks) {
  const auto edit = [](int what, FmPatch& patch) {
    switch (what) {
      case 0:
        patch = patch_of(fm_configurations()[1], patch.i_max);  // all other routes and ratios
        break;
      case 1:
        patch.carrier = {0, 1, 0, 1, 0, 0};
        break;
      case 2:
        patch.modulation[5][5] = 1;
        break;
      case 3:
        patch.modulation[5][0] = 1;
        break;
      case 4:
        patch.i_max *= 2;
        break;
      default:
        patch.ratio[1] = 1.41421F;
        break;
    }
  };
  for (int what = 0; what < 6; ++what) {
    FmPatch patch = patch_of(fm_configurations()[0], 2);
    Controls frame;
    frame.f0_hz = 150;
    frame.level = {1, 0.5F, 1, 0.5F, 0.5F, 0.2F};
    FmVoice voice;
    voice.prepare(48000);
    constexpr int kEditAt = 100;
    std::vector<float> out;
    std::vector<float> block(192);
    for (int k = 0; k < 200; ++k) {
      if (k == kEditAt) edit(what, patch);
      voice.render(frame, patch, block);
      out.insert(out.end(), block.begin(), block.end());
    }
    // The bend at the edit is no sharper than that of the sound before or after it.
    const double steady = std::max(roughness(out, 0, 192 * kEditAt),
                                   roughness(out, 192 * (kEditAt + 10), out.size()));
    const double during = roughness(out, 192 * kEditAt - 10, 192 * (kEditAt + 10));
    EXPECT_LE(during, 1.2 * steady) << "edit " << what;
    EXPECT_GT(steady, 0);
  }
}

TEST(FmVoice, ASuddenStepIsWhatTheClickTestWouldFind) {
  std::vector<float> samples(2000);
  for (std::size_t n = 0; n < samples.size(); ++n) {
    samples[n] = std::sin(0.02F * static_cast<float>(n)) + (n >= 1000 ? 0.05F : 0.0F);
  }
  EXPECT_GT(roughness(samples, 990, 1010), 50 * roughness(samples, 0, 990));
}

TEST(FmVoice, TakesNoHarmFromNonsense) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (const float bad : {nan, inf, -inf, 3e38F}) {
    FmPatch patch = patch_of(fm_configurations()[1], 2);
    patch.modulation[5][5] = 0.5F;
    FmVoice voice;
    voice.prepare(48000);
    std::vector<float> out(192);
    for (int k = 0; k < 60; ++k) {
      Controls frame = moving_frame(k, 2);
      FmPatch spoilt = patch;
      if (k % 3 == 1) {
        frame.f0_hz = static_cast<double>(bad);
        frame.level[static_cast<std::size_t>(k) % kOperators] = bad;
        spoilt.ratio[static_cast<std::size_t>(k) % kOperators] = bad;
        spoilt.modulation[0][1] = bad;
        spoilt.carrier[0] = bad;
      }
      if (k % 7 == 1) spoilt.i_max = bad;
      voice.render(frame, spoilt, out);
      for (const float sample : out) ASSERT_TRUE(std::isfinite(sample)) << bad << " at " << k;
    }
    // And it recovers: a minute later the sound is what it would have been, but for its phase.
    Controls frame = moving_frame(0, 2);
    double energy = 0;
    for (int k = 0; k < 50; ++k) {
      voice.render(frame, patch, out);
      for (const float sample : out) energy += static_cast<double>(sample * sample);
    }
    EXPECT_GT(energy, 1);
  }
}

}  // namespace
}  // namespace sideband
