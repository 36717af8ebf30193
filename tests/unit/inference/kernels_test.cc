// The kernels against the same product in double precision, over awkward sizes.
#include "core/inference/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "core/inference/nonzero_inputs.h"

namespace sideband::test {
namespace {

struct Product {
  Product(const Kernels& kernels, int inputs, int outputs, unsigned seed)
      : rows(static_cast<std::size_t>(outputs),
             std::vector<float>(static_cast<std::size_t>(inputs))),
        bias(static_cast<std::size_t>(outputs)),
        x(static_cast<std::size_t>(inputs)),
        packed(packed_bytes(WeightKind::kF32, inputs, outputs, kernels.layout) + kReadAheadBytes),
        padded_bias(static_cast<std::size_t>(padded_outputs(outputs, kernels.layout))) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (auto& row : rows) {
      for (float& value : row) value = normal(random);
    }
    for (float& value : bias) value = normal(random);
    for (float& value : x) value = normal(random);
    for (int o = 0; o < outputs; ++o) {
      padded_bias[static_cast<std::size_t>(o)] = bias[static_cast<std::size_t>(o)];
      for (int i = 0; i < inputs; ++i) {
        const float value = rows[static_cast<std::size_t>(o)][static_cast<std::size_t>(i)];
        const std::size_t to =
            packed_row(WeightKind::kF32, inputs, outputs, o, kernels.layout).offset(i);
        std::memcpy(&packed[to], &value, sizeof(value));
      }
    }
    matrix = {.kernels = &kernels,
              .weights = packed.data(),
              .bias = padded_bias.data(),
              .inputs = inputs,
              .outputs = outputs};
  }

  double exact(std::size_t output) const {
    double sum = bias[output];
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += static_cast<double>(rows[output][i]) * static_cast<double>(x[i]);
    }
    return sum;
  }

  std::vector<std::vector<float>> rows;
  std::vector<float> bias;
  std::vector<float> x;
  std::vector<std::byte> packed;
  std::vector<float> padded_bias;
  PackedMatrix matrix;
};

// On a machine without more these are the same.
class Gemv : public testing::TestWithParam<const Kernels*> {};

TEST_P(Gemv, AgreesWithDoublePrecision) {
  for (const int inputs : {1, 2, 3, 5, 6, 7, 48, 131, 384}) {
    for (int outputs = 1; outputs <= 3 * 64 + 9; outputs += outputs < 70 ? 1 : 7) {
      Product product(*GetParam(), inputs, outputs, static_cast<unsigned>(inputs * 1000 + outputs));
      const auto count = static_cast<std::size_t>(outputs);
      std::vector<float> stored(count + 1, 77.0F);
      std::vector<float> rectified(count + 1, 77.0F);
      std::vector<float> added(count + 1, 77.0F);
      gemv(product.matrix, product.x, std::span(stored).first(count), Epilogue::kStore);
      gemv(product.matrix, product.x, std::span(rectified).first(count), Epilogue::kRelu);
      gemv(product.matrix, product.x, std::span(added).first(count), Epilogue::kAccumulate);
      const double tolerance = 4e-7 * (10 + inputs);
      for (std::size_t o = 0; o < count; ++o) {
        const double exact = product.exact(o);
        ASSERT_NEAR(stored[o], exact, tolerance) << inputs << " to " << outputs << ", output " << o;
        ASSERT_EQ(rectified[o], stored[o] > 0 ? stored[o] : 0.0F);
        ASSERT_NEAR(added[o], 77.0 + exact, tolerance + 8e-6);
      }
      // Nothing is written past the end.
      ASSERT_EQ(stored[count], 77.0F);
      ASSERT_EQ(rectified[count], 77.0F);
      ASSERT_EQ(added[count], 77.0F);
    }
  }
}

// Whatever share of the inputs is 0, of either sign; what an input that is not a number makes of
// the outputs does not go missing with them.
TEST_P(Gemv, SkipsInputsThatAreZero) {
  for (const int inputs : {1, 3, 4, 7, 48, 131, 384}) {
    for (const int outputs : {1, 6, 16, 50, 64, 128, 200}) {
      for (const double share : {0.0, 0.1, 0.6, 0.95, 1.0}) {
        Product product(*GetParam(), inputs, outputs, static_cast<unsigned>(inputs + outputs));
        std::mt19937 random(5);
        std::bernoulli_distribution is_zero(share);
        for (float& value : product.x) value = is_zero(random) ? 0.0F * value : value;
        std::vector<std::uint16_t> room(nonzero_room(inputs) + 1, 7777);
        product.matrix.nonzero = room.data();
        std::vector<float> y(static_cast<std::size_t>(outputs));
        gemv(product.matrix, product.x, y, Epilogue::kStore);
        for (std::size_t o = 0; o < y.size(); ++o) {
          ASSERT_NEAR(y[o], product.exact(o), 4e-7 * (10 + inputs)) << inputs << " to " << outputs;
        }
        ASSERT_EQ(room.back(), 7777);
        product.x.back() = std::numeric_limits<float>::quiet_NaN();
        gemv(product.matrix, product.x, y, Epilogue::kStore);
        ASSERT_TRUE(std::isnan(y[0]));
      }
    }
  }
}

TEST_P(Gemv, ReluTurnsWhatIsNotANumberIntoZero) {
  Product product(*GetParam(), 8, 20, 1);
  product.x[3] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> y(20);
  gemv(product.matrix, product.x, y, Epilogue::kRelu);
  for (const float value : y) EXPECT_EQ(value, 0.0F);
}

INSTANTIATE_TEST_SUITE_P(Machines, Gemv, testing::Values(&portable_kernels(), &best_kernels()));

}  // namespace
}  // namespace sideband::test
