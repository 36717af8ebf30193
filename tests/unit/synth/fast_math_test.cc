// The sine every oscillator uses, and the fixed-point phase, against double and long double.
#include "core/util/fast_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace sideband {
namespace {

constexpr long double kTau = 2 * std::numbers::pi_v<long double>;

TEST(FastMath, SineIsWithinMinus200DbOfTheTrueOne) {
  double worst = 0;
  for (int i = -200000; i <= 200000; ++i) {
    const double turns = i / 50000.0 + 1e-7;
    const double error = cosine_of_turns<double, std::uint64_t>(turns) -
                         static_cast<double>(std::cos(kTau * static_cast<long double>(turns)));
    worst = std::max(worst, std::abs(error));
  }
  EXPECT_LT(worst, 1e-10);
}

TEST(FastMath, SineOfAPhaseAddsTheShift) {
  for (int i = 0; i < 1000; ++i) {
    const auto phase = static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15U;
    const double shift = (i - 500) * 0.013;
    const long double turns = static_cast<long double>(phase) / 0x1p64L;
    const double expected =
        static_cast<double>(std::sin(kTau * (turns + static_cast<long double>(shift))));
    EXPECT_NEAR((sine_of_phase<double, std::uint64_t>(phase, shift)), expected, 1e-10);
    const Double4 four = sine_of_phase<Double4, Uint64x4>(Uint64x4{phase, phase, phase, phase},
                                                          Double4{shift, shift, shift, shift});
    for (int lane = 0; lane < 4; ++lane) {
      EXPECT_EQ(four[lane], (sine_of_phase<double, std::uint64_t>(phase, shift)));
    }
  }
}

TEST(FastMath, FixedTurnsWrap) {
  EXPECT_EQ(fixed_turns(0.25), std::uint64_t{1} << 62U);
  EXPECT_EQ(fixed_turns(-0.25), std::uint64_t{3} << 62U);
  EXPECT_EQ(fixed_turns(1.75), fixed_turns(-0.25));
  EXPECT_EQ(fixed_turns(0.5), std::uint64_t{1} << 63U);
  EXPECT_EQ(fixed_turns(-0.5), std::uint64_t{1} << 63U);
}

TEST(FastMath, ADecimalComesBackFromItsFloat) {
  for (const double decimal : {3.2, 8.5, 1.58, 14.0, 0.0625, 1.41421, 2.01062, 0.0, -3.2}) {
    EXPECT_EQ(decimal_meant(static_cast<float>(decimal)), decimal) << decimal;
  }
  const float odd = 1.23456789F;
  EXPECT_EQ(static_cast<float>(decimal_meant(odd)), odd);
}

}  // namespace
}  // namespace sideband
