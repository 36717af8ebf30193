// Delta listening: the heard slot minus the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/test_engine.h"

namespace sideband {
namespace {

using test::test_tone;
using test::TestEngine;

constexpr int kRateHz = 48000;

std::vector<float> played(std::vector<std::pair<Param, float>> settings, std::uint32_t seed_b) {
  TestEngine test(kRateHz);
  EXPECT_TRUE(test.load_now(0, {.synth = "fm_noise", .seed = 1}));
  EXPECT_TRUE(test.load_now(1, {.synth = "fm_noise", .seed = seed_b}));
  test.engine.set(Param::kOutputGain, -12);  // below the soft limit, so that sums are sums
  for (const auto& [param, value] : settings) test.engine.set(param, value);
  test.engine.reset();
  return test.run(test_tone(kRateHz, 0.5F), 128);
}

float peak(std::span<const float> samples) {
  float value = 0;
  for (const float sample : samples) value = std::max(value, std::abs(sample));
  return value;
}

TEST(Delta, IsTheHeardSlotMinusTheOther) {
  const auto a = played({}, 2);
  const auto b = played({{Param::kSlot, 1}}, 2);
  const auto delta = played({{Param::kDelta, 1}}, 2);
  const auto reverse = played({{Param::kDelta, 1}, {Param::kSlot, 1}}, 2);
  ASSERT_GT(peak(delta), 0.01F);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(delta[i], a[i] - b[i], 2e-6) << i;
    ASSERT_EQ(reverse[i], -delta[i]) << i;
  }
}

TEST(Delta, OfTwoEqualModelsIsSilence) {
  EXPECT_EQ(peak(played({{Param::kDelta, 1}}, 1)), 0);
}

TEST(Delta, ComesAndGoesWithoutAClickAndLeavesTheHeardSlotAsItWas) {
  TestEngine test(kRateHz);
  ASSERT_TRUE(test.load_now(0, {.seed = 1}));
  ASSERT_TRUE(test.load_now(1, {.seed = 2}));
  TestEngine plain(kRateHz);
  ASSERT_TRUE(plain.load_now(0, {.seed = 1}));
  const auto tone = test_tone(kRateHz, 1.0F);
  const auto part = [&](float from, float to) {
    return std::vector<float>(tone.begin() + static_cast<std::ptrdiff_t>(from * kRateHz),
                              tone.begin() + static_cast<std::ptrdiff_t>(to * kRateHz));
  };
  std::vector<float> out;
  const auto play = [&](float from, float to) {
    const auto piece = test.run(part(from, to), 128);
    out.insert(out.end(), piece.begin(), piece.end());
  };
  play(0, 0.4F);
  test.engine.set(Param::kDelta, 1);
  play(0.4F, 0.5F);
  test.engine.set(Param::kSlot, 1);  // from +A −B to −A +B, each through silence
  play(0.5F, 0.6F);
  test.engine.set(Param::kSlot, 0);
  test.engine.set(Param::kDelta, 0);
  play(0.6F, 1);
  const auto expected = plain.run(tone, 128);
  const auto steps = [](const std::vector<float>& samples, std::size_t from, std::size_t to) {
    float value = 0;
    for (std::size_t i = from + 1; i < to; ++i) {
      value = std::max(value, std::abs(samples[i] - samples[i - 1]));
    }
    return value;
  };
  const std::size_t begin = kRateHz * 4 / 10;
  const std::size_t end = kRateHz * 65 / 100;
  EXPECT_LT(steps(out, begin, end), 3 * steps(expected, 0, expected.size()));
  // What the output's DC filter remembers of it is gone after a quarter of a second more.
  for (std::size_t i = end + kRateHz / 4; i < out.size(); ++i)
    ASSERT_NEAR(out[i], expected[i], 1e-4) << i;
}

}  // namespace
}  // namespace sideband
