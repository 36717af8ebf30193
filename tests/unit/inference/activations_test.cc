// The non-linear functions against double precision, over the whole range of floats.
#include "core/inference/activations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace sideband::test {
namespace {

std::vector<float> sweep() {
  std::vector<float> values;
  for (int i = -90000; i <= 90000; ++i) values.push_back(static_cast<float>(i) * 1e-3F);
  for (const float tiny : {1e-3F, 1e-6F, 1e-20F, 0.0F}) {
    values.push_back(tiny);
    values.push_back(-tiny);
  }
  return values;
}

void apply_exp(std::span<float> values) {
  apply(values, simd_exp);
}
void apply_tanh(std::span<float> values) {
  apply(values, simd_tanh);
}
void apply_computed_exp_sigmoid(std::span<float> values) {
  apply(values, simd_exp_sigmoid_computed);
}
void apply_gate_sigmoid(std::span<float> values) {
  apply(values, simd_gate_sigmoid);
}

TEST(Activations, ExpIsRelativelyExact) {
  const std::vector<float> x = sweep();
  std::vector<float> y = x;
  apply_exp(y);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = std::exp(std::fmin(std::fmax(static_cast<double>(x[i]), -87.0), 87.0));
    ASSERT_NEAR(y[i] / exact, 1.0, 3e-7) << x[i];
  }
}

TEST(Activations, SigmoidIsRelativelyExact) {
  const std::vector<float> x = sweep();
  std::vector<float> y = x;
  sigmoid(y);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double argument = std::fmax(static_cast<double>(x[i]), -87.0);
    ASSERT_NEAR(y[i] * (1 + std::exp(-argument)), 1.0, 5e-7) << x[i];
  }
}

// Both ways to it: the table's and, which microcontrollers take, without one.
TEST(Activations, ExpSigmoidIsRelativelyExact) {
  const std::vector<float> x = sweep();
  std::vector<float> y = x;
  std::vector<float> computed = x;
  exp_sigmoid(y);
  apply_computed_exp_sigmoid(computed);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact =
        2 * std::pow(1 / (1 + std::exp(-static_cast<double>(x[i]))), std::log(10.0)) + 1e-7;
    ASSERT_NEAR(y[i] / exact, 1.0, 4e-7) << x[i];
    ASSERT_NEAR(computed[i] / exact, 1.0, 1.5e-6) << x[i];
  }
}

TEST(Activations, GateSigmoidIsAbsolutelyExact) {
  const std::vector<float> x = sweep();
  std::vector<float> y = x;
  apply_gate_sigmoid(y);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_NEAR(y[i], 1 / (1 + std::exp(-static_cast<double>(x[i]))), 2e-7) << x[i];
    ASSERT_GE(y[i], 0.0F);
    ASSERT_LE(y[i], 1.0F);
  }
}

TEST(Activations, TanhIsAbsolutelyExact) {
  const std::vector<float> x = sweep();
  std::vector<float> y = x;
  apply_tanh(y);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(y[i], std::tanh(x[i]), 3e-7) << x[i];
}

TEST(Activations, EveryInputGivesAFiniteOutput) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x{infinity,
                             -infinity,
                             std::numeric_limits<float>::quiet_NaN(),
                             -std::numeric_limits<float>::quiet_NaN(),
                             3e38F,
                             -3e38F};
  std::vector<float> y = x;
  sigmoid(y);
  EXPECT_EQ(y[0], 1.0F);
  EXPECT_NEAR(y[1], 0.0F, 1e-30F);
  for (const auto function : {sigmoid, exp_sigmoid, apply_exp, apply_tanh, apply_gate_sigmoid,
                              apply_computed_exp_sigmoid}) {
    y = x;
    function(y);
    for (const float value : y) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(Activations, TailsAreLikeBodies) {
  // The last elements of a list of any length take another path.
  std::vector<float> whole(64);
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = 0.3F * static_cast<float>(i) - 9.0F;
  const std::vector<float> x = whole;
  sigmoid(whole);
  for (std::size_t size = 1; size < x.size(); ++size) {
    std::vector<float> part(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(size));
    sigmoid(part);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(part[i], whole[i]);
  }
}

}  // namespace
}  // namespace sideband::test
