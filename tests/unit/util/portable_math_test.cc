#include "core/util/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace sideband {
namespace {

// How far a result is from the truth, in units of the truth's last place.
double ulps(float found, double truth) {
  const auto near = static_cast<float>(truth);
  const double unit = std::abs(static_cast<double>(std::nextafter(near, 1e30F)) - near);
  return std::abs(static_cast<double>(found) - truth) / unit;
}

TEST(PortableMath, PowersOfTwo) {
  double worst = 0;
  for (float x = -125.9F; x < 126.9F; x += 0.00137F) {
    worst = std::max(worst, ulps(exp2_of(x), std::exp2(static_cast<double>(x))));
  }
  EXPECT_LT(worst, 1.5);
  EXPECT_EQ(exp2_of(0), 1);
  EXPECT_EQ(exp2_of(-3), 0.125F);
}

TEST(PortableMath, Logarithms) {
  double worst = 0;
  double worst_near_one = 0;
  for (float x = 1e-6F; x < 1e6F; x *= 1.00013F) {
    worst = std::max(worst, ulps(log2_of(x), std::log2(static_cast<double>(x))));
  }
  for (float x = 0.999F; x < 1.001F; x += 1e-6F) {
    if (x == 1) continue;
    const double truth = std::log2(static_cast<double>(x));
    worst_near_one =
        std::max(worst_near_one, std::abs(static_cast<double>(log2_of(x)) / truth - 1));
  }
  EXPECT_LT(worst, 2.5);
  EXPECT_LT(worst_near_one, 2.5e-7);
  EXPECT_EQ(log2_of(1), 0);
  EXPECT_EQ(log2_of(0.25F), -2);
}

TEST(PortableMath, WhatFollowsFromThem) {
  for (float db = -120; db <= 40; db += 0.37F) {
    EXPECT_NEAR(gain_of_db(db) / std::pow(10.0, static_cast<double>(db) / 20), 1, 2e-6) << db;
  }
  for (float x = -20; x <= 20; x += 0.19F) {
    EXPECT_NEAR(exp_of(x) / std::exp(static_cast<double>(x)), 1, 4e-6) << x;
  }
  for (float x = 0.01F; x < 4; x += 0.013F) {
    EXPECT_NEAR(power_of(x, 1.7F) / std::pow(static_cast<double>(x), 1.7F), 1, 2e-6) << x;
    EXPECT_NEAR(log10_of(x), std::log10(static_cast<double>(x)), 3e-7) << x;
  }
}

TEST(PortableMath, Angles) {
  for (double turns = -0.499; turns < 0.5; turns += 0.000371) {
    const double angle = 2 * std::numbers::pi * turns;
    EXPECT_NEAR(sine_of_turns(turns), std::sin(angle), 1e-7);
    EXPECT_NEAR(cosine_of_turns(turns), std::cos(angle), 1e-7);
    const auto y = static_cast<float>(3 * std::sin(angle));
    const auto x = static_cast<float>(3 * std::cos(angle));
    EXPECT_NEAR(angle_of(y, x), std::atan2(static_cast<double>(y), static_cast<double>(x)), 3e-7);
  }
  EXPECT_EQ(angle_of(0, 0), 0);
  EXPECT_EQ(angle_of(0, 2), 0);
  EXPECT_FLOAT_EQ(angle_of(0, -2), std::numbers::pi_v<float>);
}

TEST(PortableMath, FiniteWhateverComes) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const float x : {kInfinity, -kInfinity, kNan, 0.0F, -1.0F, 1e-45F, 1e30F}) {
    EXPECT_TRUE(std::isfinite(exp2_of(x))) << x;
    EXPECT_TRUE(std::isfinite(log2_of(x))) << x;
    EXPECT_TRUE(std::isfinite(angle_of(x, 1))) << x;
    EXPECT_TRUE(std::isfinite(angle_of(1, x))) << x;
  }
  EXPECT_EQ(log2_of(0), -126);
}

// The sum over the bits of many results: x86, ARM and WebAssembly must all come to this one.
TEST(PortableMath, TheSameBitsOnEveryTarget) {
  std::uint64_t sum = 0;
  const auto take = [&sum](float value) {
    sum = (sum ^ __builtin_bit_cast(std::uint32_t, value)) * 0x100000001B3U;
  };
  for (int i = 1; i < 20000; ++i) {
    const float x = static_cast<float>(i) * 0.00390625F;
    take(exp2_of(x - 39));
    take(log2_of(x));
    take(sine_of_turns(static_cast<double>(x) / 7));
    take(angle_of(x - 11, 5 - x));
  }
  EXPECT_EQ(sum, 6948282299998821929U);
}

}  // namespace
}  // namespace sideband
