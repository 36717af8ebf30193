// Abuse through the whole engine: what is worst at the input, in a model and in every parameter
// stays a number below the ceiling, and is forgotten within a second.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "tests/support/test_engine.h"

namespace sideband {
namespace {

using test::random_model;
using test::TestEngine;

constexpr int kRateHz = 48000;
constexpr std::size_t kBlock = 128;
const float kCeiling = std::pow(10.0F, -0.3F / 20);  // −0.3 dBFS
const std::vector<std::string> kSynths{"fm", "fm_noise", "harmonic_noise"};

std::vector<float> made(float seconds, const std::function<float(std::size_t)>& sample) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * kRateHz));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = sample(i);
  return samples;
}

std::vector<float> steady_tone(float seconds) {
  return made(seconds, [](std::size_t i) {
    double sum = 0;
    for (int n = 1; n <= 6; ++n) {
      sum += std::sin(2 * std::numbers::pi * 330 * n * static_cast<double>(i) / kRateHz) / n;
    }
    return static_cast<float>(0.2 * sum);
  });
}

struct Abuse {
  std::string name;
  std::vector<float> samples;
};

std::vector<Abuse> abuses() {
  using Limits = std::numeric_limits<float>;
  const float sign[2] = {1, -1};
  std::mt19937 random(1);
  const auto constant = [](float value) {
    return made(0.5F, [value](std::size_t) { return value; });
  };
  return {
      {"silence", constant(0)},
      {"not a number", constant(Limits::quiet_NaN())},
      {"infinity", constant(Limits::infinity())},
      {"±largest", made(0.5F, [&](std::size_t i) { return sign[i % 2] * Limits::max(); })},
      {"denormals", made(0.5F, [&](std::size_t i) { return sign[i / 50 % 2] * 1e-40F; })},
      {"DC", constant(1)},
      {"full scale", made(0.5F, [&](std::size_t i) { return sign[i / 240 % 2]; })},
      {"clipped tone", made(0.5F,
                            [](std::size_t i) {
                              return std::clamp(30 * std::sin(0.03F * static_cast<float>(i)), -1.0F,
                                                1.0F);
                            })},
      {"full noise",
       made(0.5F, [&](std::size_t) { return static_cast<float>(random()) / 2147483648.0F - 1; })},
      {"one infinite sample among silence",
       made(0.5F, [](std::size_t i) { return i == 9000 ? -Limits::infinity() : 0.0F; })}};
}

void expect_bounded(const std::vector<float>& samples, const std::string& what) {
  for (const float sample : samples) {
    ASSERT_TRUE(std::abs(sample) <= kCeiling) << what << ": " << sample;
  }
}

// Of the last 200 ms, in dB.
double level_of(const std::vector<float>& samples) {
  constexpr int kCount = kRateHz / 5;
  double sum = 0;
  for (std::size_t i = samples.size() - kCount; i < samples.size(); ++i) {
    sum += static_cast<double>(samples[i]) * static_cast<double>(samples[i]);
  }
  return 10 * std::log10(sum / kCount + 1e-30);
}

// What is heard of a tone that began a second ago, after `before`.
struct Heard {
  Features played;
  double level_db;
};

Heard heard_after(const std::string& synth, const Abuse& before) {
  TestEngine test;
  EXPECT_TRUE(test.load_now(0, {.synth = synth}));
  expect_bounded(test.run(before.samples, kBlock), before.name);
  const std::vector<float> out = test.run(steady_tone(1.2F), kBlock);
  expect_bounded(out, "after " + before.name);
  return {test.engine.trace(test.engine.frame_count() - 1).played, level_of(out)};
}

TEST(Numerics, AnyInputIsForgottenWithinASecond) {
  const std::vector<Abuse> all = abuses();
  for (const std::string& synth : kSynths) {
    const Heard normal = heard_after(synth, all.front());
    EXPECT_GT(normal.level_db, -60) << synth;
    for (const Abuse& abuse : all) {
      SCOPED_TRACE(synth + " after " + abuse.name);
      const Heard heard = heard_after(synth, abuse);
      EXPECT_NEAR(1200 * std::log2(heard.played.f0_hz / normal.played.f0_hz), 0, 0.5);
      EXPECT_NEAR(heard.played.loudness_db, normal.played.loudness_db, 0.05);
      EXPECT_NEAR(heard.level_db, normal.level_db, 0.3);
    }
  }
}

// Weights as large as floats go: every output of the network is at an end of its range, or was no
// number before its scaling; and every parameter that makes sound louder is at its end.
TEST(Numerics, TheWorstModelAtFullGainStaysBelowTheCeilingAndLeavesNoTrace) {
  for (const std::string& synth : kSynths) {
    for (const float scale : {30.0F, 1e10F, 1e38F}) {
      const std::string what = synth + ", weights × " + std::to_string(scale);
      TestEngine test;
      ASSERT_TRUE(test.load_now(0, {.synth = synth}));
      const double normal_db = level_of(test.run(steady_tone(1), kBlock));
      ASSERT_TRUE(test.load_now(0, {.synth = synth, .weight_scale = scale}));
      for (int i = 0; i < kParamCount; ++i) {
        const ParamInfo& info = kParams[static_cast<std::size_t>(i)];
        if (info.unit == "×" || info.unit == "dB") {
          test.engine.set(static_cast<Param>(i), info.max);
        }
      }
      expect_bounded(test.run(steady_tone(1), kBlock), what);
      for (int i = 0; i < kParamCount; ++i) {
        test.engine.set(static_cast<Param>(i), kParams[static_cast<std::size_t>(i)].initial);
      }
      ASSERT_TRUE(test.load_now(0, {.synth = synth}));
      const std::vector<float> after = test.run(steady_tone(1), kBlock);
      expect_bounded(after, what);
      EXPECT_NEAR(level_of(after), normal_db, 0.3) << what;
    }
  }
}

}  // namespace
}  // namespace sideband
