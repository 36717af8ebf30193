// What is done to rows beside matrix products, on every kind of machine, against double precision.
#include "core/inference/row_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/inference/dense_layer.h"

namespace sideband::test {
namespace {

using Row = std::vector<float>;

int size_of(const Row& row) {
  return static_cast<int>(row.size());
}

Row random_row(std::size_t size, unsigned seed, float deviation = 1.0F, float mean = 0.0F) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(mean, deviation);
  Row row(size);
  for (float& value : row) value = normal(random);
  return row;
}

// LeakyReLU(LayerNorm(values)).
std::vector<double> normed(const std::vector<double>& values, const Row& weight, const Row& bias) {
  const auto size = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / size;
  double variance = 0;
  for (const double value : values) variance += (value - mean) * (value - mean) / size;
  std::vector<double> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double y = (values[i] - mean) / std::sqrt(variance + 1e-5) * weight[i] + bias[i];
    result.push_back(y > 0 ? y : 0.01 * y);
  }
  return result;
}

double sigmoid_of(double x) {
  return 1 / (1 + std::exp(-x));
}

class RowKernelsTest : public testing::TestWithParam<const Kernels*> {
 protected:
  const RowKernels& rows() const { return *GetParam()->rows; }
};

TEST_P(RowKernelsTest, SigmoidsAreRelativelyExact) {
  Row x;
  for (int i = -90000; i <= 90000; ++i) x.push_back(static_cast<float>(i) * 1e-3F);
  Row plain = x;
  Row scaled = x;
  rows().sigmoid(plain.data(), size_of(plain));
  rows().exp_sigmoid(scaled.data(), size_of(scaled));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = sigmoid_of(std::fmax(static_cast<double>(x[i]), -87.0));
    ASSERT_NEAR(plain[i] / exact, 1.0, 5e-7) << x[i];
    const double power = 2 * std::pow(sigmoid_of(x[i]), std::log(10.0)) + 1e-7;
    ASSERT_NEAR(scaled[i] / power, 1.0, 1.5e-6) << x[i];
  }
}

TEST_P(RowKernelsTest, EveryInputGivesAFiniteOutput) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Row x{infinity, -infinity, nan, -nan, 3e38F, -3e38F};
  for (const auto function : {rows().sigmoid, rows().exp_sigmoid}) {
    Row y = x;
    function(y.data(), size_of(y));
    for (const float value : y) EXPECT_TRUE(std::isfinite(value));
  }
  Row state{0.5F, 0.5F};
  rows().gru_step(x.data(), x.data(), state.data(), state.data(), 2);
  for (const float value : state) EXPECT_TRUE(std::isfinite(value));
}

TEST_P(RowKernelsTest, NothingIsWrittenPastTheEnd) {
  for (std::size_t size = 1; size < 40; ++size) {
    const Row norm = random_row(size, 2);
    for (int which = 0; which < 3; ++which) {
      Row row = random_row(size + 1, 3);
      const float after = row.back();
      if (which == 0) rows().sigmoid(row.data(), size_of(norm));
      if (which == 1) rows().exp_sigmoid(row.data(), size_of(norm));
      if (which == 2) rows().norm_leaky_relu(row.data(), size_of(norm), {norm.data(), norm.data()});
      ASSERT_EQ(row.back(), after) << size;
    }
  }
}

TEST_P(RowKernelsTest, NormAgreesWithDoublePrecision) {
  for (const std::size_t size : {1U, 3U, 16U, 17U, 31U, 64U, 100U, 512U}) {
    const Row weight = random_row(size, 4);
    const Row bias = random_row(size, 5);
    Row row = random_row(size, 6, 0.3F, 2.0F);
    const auto exact = normed({row.begin(), row.end()}, weight, bias);
    rows().norm_leaky_relu(row.data(), size_of(row), {weight.data(), bias.data()});
    for (std::size_t i = 0; i < size; ++i) ASSERT_NEAR(row[i], exact[i], 6e-6) << size;
  }
}

TEST_P(RowKernelsTest, GruStepAgreesWithDoublePrecision) {
  for (const std::size_t hidden : {1U, 4U, 7U, 16U, 19U, 48U}) {
    const Row from_input = random_row(3 * hidden, 7, 3.0F);
    const Row from_state = random_row(3 * hidden, 8, 3.0F);
    const Row before = random_row(hidden, 9);
    Row state(hidden);
    rows().gru_step(from_input.data(), from_state.data(), before.data(), state.data(),
                    size_of(state));
    for (std::size_t i = 0; i < hidden; ++i) {
      const double r = sigmoid_of(static_cast<double>(from_input[i]) + from_state[i]);
      const double z =
          sigmoid_of(static_cast<double>(from_input[hidden + i]) + from_state[hidden + i]);
      const double n = std::tanh(from_input[2 * hidden + i] + r * from_state[2 * hidden + i]);
      ASSERT_NEAR(state[i], (1 - z) * n + z * before[i], 1e-6) << hidden;
    }
  }
}

TEST_P(RowKernelsTest, DistributeAgreesWithDoublePrecision) {
  for (const int size : {1, 3, 16, 21, 100}) {
    for (int audible = 0; audible <= size; audible += size < 16 ? 1 : 5) {
      Row values = random_row(static_cast<std::size_t>(size), 20);
      for (float& value : values) value = std::exp(3 * value);
      double sum = 0;
      for (int i = 0; i < size; ++i) {
        sum += values[static_cast<std::size_t>(i)] * (i < audible ? 1.0001 : 0.0001);
      }
      Row shares(static_cast<std::size_t>(size) + 1, 7.0F);
      rows().distribute(values.data(), size, audible, shares.data());
      for (int i = 0; i < size; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const double exact = values[at] * (i < audible ? 1.0001 : 0.0001) / sum;
        ASSERT_NEAR(shares[at] / exact, 1.0, 1e-6) << size << ", " << audible << ", " << i;
      }
      ASSERT_EQ(shares.back(), 7.0F);
    }
  }
}

// A layer whose kernel norms its outputs, in registers where they fit; `weights` row by row. Checks
// it against doubles.
void expect_layer_normed(const Kernels& kernels, const Row& weights, const Row& bias, const Row& x,
                         const Row& norm_weight, const Row& norm_bias) {
  const std::size_t inputs = x.size();
  const std::size_t outputs = bias.size();
  LayerTensors tensors;
  tensors.weight.tensor.data = std::as_bytes(std::span(weights));
  tensors.bias.tensor.data = std::as_bytes(std::span(bias));
  std::vector<std::byte> memory(1U << 18U);
  Arena arena(memory);
  DenseLayer layer;
  layer.prepare(tensors, {static_cast<int>(inputs), static_cast<int>(outputs)}, arena, kernels);
  layer.set_norm({norm_weight.data(), norm_bias.data()});
  while (layer.load_step()) {
  }
  std::vector<double> sums;
  for (std::size_t o = 0; o < outputs; ++o) {
    double sum = bias[o];
    for (std::size_t i = 0; i < inputs; ++i) {
      sum += static_cast<double>(weights[o * inputs + i]) * x[i];
    }
    sums.push_back(sum);
  }
  const auto exact = normed(sums, norm_weight, norm_bias);
  Row y(outputs + 1, 77.0F);
  layer.run({x.data(), inputs, inputs, 1}, {y.data(), outputs, outputs, 1}, Epilogue::kNorm);
  for (std::size_t o = 0; o < outputs; ++o) ASSERT_NEAR(y[o], exact[o], 6e-6) << outputs;
  ASSERT_EQ(y[outputs], 77.0F);
}

TEST_P(RowKernelsTest, ALayerNormsItsOutputs) {
  for (const std::size_t outputs : {4, 7, 16, 20, 48, 64, 128, 130, 144}) {
    constexpr int kInputs = 18;
    expect_layer_normed(*GetParam(), random_row(outputs * kInputs, 10, 0.4F),
                        random_row(outputs, 11), random_row(kInputs, 12), random_row(outputs, 13),
                        random_row(outputs, 14));
  }
}

// Mean and variance together: a difference of squares that a common offset would drown.
TEST_P(RowKernelsTest, ALayersNormStandsAnOffset) {
  constexpr int kOutputs = 16;
  Row bias = random_row(kOutputs, 16);
  for (float& value : bias) value += 30;
  expect_layer_normed(*GetParam(), random_row(kOutputs, 15), bias, Row{0.5F}, Row(kOutputs, 1.0F),
                      Row(kOutputs, 0.0F));
}

INSTANTIATE_TEST_SUITE_P(Machines, RowKernelsTest,
                         testing::Values(&portable_kernels(), &best_kernels()));

}  // namespace
}  // namespace sideband::test
