// A narrow GRU in two functions and in pieces is what its layers are: against double precision with
// random weights, and as the decoder of models that are shipped.
#include "core/inference/narrow_gru.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "core/inference/feature_scaling.h"
#include "tests/support/random_model.h"
#include "tests/unit/inference/golden_files.h"

namespace sideband::test {
namespace {

using ::sideband::DataType;
using Row = std::vector<float>;
using Values = std::vector<double>;

Row random_row(std::mt19937& random, std::size_t size, float deviation, float mean = 0) {
  std::normal_distribution<float> normal(mean, deviation);
  Row row(size);
  for (float& value : row) value = normal(random);
  return row;
}

struct Linear {
  Linear(std::mt19937& random, std::size_t inputs, std::size_t outputs, const Kernels& kernels)
      : weights(random_row(random, inputs * outputs, 1.5F / std::sqrt(static_cast<float>(inputs)))),
        bias(random_row(random, outputs, 0.7F)),
        norm_weight(random_row(random, outputs, 0.3F, 1.0F)),
        norm_bias(random_row(random, outputs, 0.3F)),
        memory(1U << 16U) {
    LayerTensors tensors;
    tensors.weight.tensor.data = std::as_bytes(std::span(weights));
    tensors.bias.tensor.data = std::as_bytes(std::span(bias));
    Arena arena(memory);
    layer.prepare(tensors, {static_cast<int>(inputs), static_cast<int>(outputs)}, arena, kernels);
    layer.set_norm({norm_weight.data(), norm_bias.data()});
    while (layer.load_step()) {
    }
  }

  // W x + b, of as many inputs as x has from the first on.
  Values run(const Values& x) const {
    Values y(bias.begin(), bias.end());
    for (std::size_t o = 0; o < y.size(); ++o) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        y[o] += double{weights[o * (weights.size() / y.size()) + i]} * x[i];
      }
    }
    return y;
  }

  Values run_normed(const Values& x) const {
    Values y = run(x);
    const auto size = static_cast<double>(y.size());
    double mean = 0;
    for (const double value : y) mean += value / size;
    double variance = 0;
    for (const double value : y) variance += (value - mean) * (value - mean) / size;
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = (y[i] - mean) / std::sqrt(variance + double{kNormEpsilon}) * double{norm_weight[i]} +
             double{norm_bias[i]};
      y[i] = std::max(y[i], 0.01 * y[i]);
    }
    return y;
  }

  Row weights;
  Row bias;
  Row norm_weight;
  Row norm_bias;
  std::vector<std::byte> memory;
  DenseLayer layer;
};

using Mlp = std::vector<Linear>;

// A decoder with random weights, in double precision.
struct RandomGru {
  RandomGru(unsigned seed, const Kernels& kernels)
      : random(seed),
        pitch(mlp(1, kernels)),
        loudness(mlp(1, kernels)),
        out(mlp(kNarrow + 2, kernels)),
        input_gates(random, 2 * kNarrow, kNarrowGates * kNarrow, kernels),
        state_gates(random, kNarrow, kNarrowGates * kNarrow, kernels),
        state(kNarrow) {
    for (const std::size_t outputs : {100, 65, 1})
      heads.emplace_back(random, kNarrow, outputs, kernels);
  }

  Mlp mlp(std::size_t inputs, const Kernels& kernels) {
    Mlp layers;
    layers.reserve(3);  // a layer's tensors stay where they are
    layers.emplace_back(random, inputs, kNarrow, kernels);
    for (int k = 1; k < 3; ++k) layers.emplace_back(random, kNarrow, kNarrow, kernels);
    return layers;
  }

  static std::array<const DenseLayer*, 3> layers(const std::vector<Linear>& of) {
    return {&of[0].layer, &of[1].layer, &of[2].layer};
  }
  NarrowGru::Source source() const {
    return {layers(pitch),      layers(loudness),   layers(out),
            &input_gates.layer, &state_gates.layer, layers(heads)};
  }

  Values listen(float pitch_in, float loudness_in) {
    Values x{pitch_in};
    for (const Linear& layer : pitch) x = layer.run_normed(x);
    Values y{loudness_in};
    for (const Linear& layer : loudness) y = layer.run_normed(y);
    x.insert(x.end(), y.begin(), y.end());
    const Values heard = input_gates.run(x);
    const Values past = state_gates.run(state);
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    for (std::size_t i = 0; i < kNarrow; ++i) {
      const double r = sigmoid(heard[i] + past[i]);
      const double z = sigmoid(heard[kNarrow + i] + past[kNarrow + i]);
      const double n = std::tanh(heard[2 * kNarrow + i] + r * past[2 * kNarrow + i]);
      state[i] = (1 - z) * n + z * state[i];
    }
    return state;
  }

  Values read_out(const Row& inputs) const {
    Values x(inputs.begin(), inputs.end());
    for (const Linear& layer : out) x = layer.run_normed(x);
    Values y;
    for (const Linear& head : heads) {
      for (const double value : head.run(x)) {
        y.push_back(2 * std::pow(1 / (1 + std::exp(-value)), std::log(10.0)) + 1e-7);
      }
    }
    return y;
  }

  std::mt19937 random;
  Mlp pitch;
  Mlp loudness;
  Mlp out;
  Linear input_gates;
  Linear state_gates;
  std::vector<Linear> heads;
  Values state;
};

class NarrowGruTest : public testing::TestWithParam<const Kernels*> {};

struct LoadedGru {
  LoadedGru(const NarrowGru::Source& source, const Kernels& kernels) : memory(NarrowGru::bytes()) {
    Arena arena(memory);
    gru.prepare(arena, kernels);
    EXPECT_FALSE(arena.exhausted());
    EXPECT_FALSE(gru.ready());
    while (gru.load_step(source)) EXPECT_FALSE(gru.ready());
  }

  std::vector<std::byte> memory;
  NarrowGru gru;
};

// Every frame from a state of its own, so that what one is off by does not add up, and inputs from
// all that scale_features() gives.
TEST_P(NarrowGruTest, ListensAsItsLayersDo) {
  const ScaledFeatures least = scale_features({0, 1, -200});
  const ScaledFeatures most = scale_features({1e9F, 1, 500});
  for (unsigned seed = 1; seed <= 8; ++seed) {
    RandomGru exact(seed, *GetParam());
    LoadedGru loaded(exact.source(), *GetParam());
    ASSERT_TRUE(loaded.gru.ready()) << seed;
    std::uniform_real_distribution<float> pitch(least.pitch, most.pitch);
    std::uniform_real_distribution<float> loudness(least.loudness, most.loudness);
    for (int n = 0; n < 2000; ++n) {
      const Row before = random_row(exact.random, kNarrow, 0.5F);
      const std::array<float, 2> inputs{pitch(exact.random), loudness(exact.random)};
      Row after(kNarrow);
      loaded.gru.listen(inputs.data(), before.data(), after.data());
      exact.state.assign(before.begin(), before.end());
      const Values state = exact.listen(inputs[0], inputs[1]);
      for (std::size_t i = 0; i < kNarrow; ++i) {
        ASSERT_NEAR(after[i], state[i], 1e-5) << seed << ", " << inputs[0] << ", " << inputs[1];
      }
    }
  }
}

TEST_P(NarrowGruTest, ReadsOutAsItsLayersDo) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    RandomGru exact(seed, *GetParam());
    LoadedGru loaded(exact.source(), *GetParam());
    for (int n = 0; n < 200; ++n) {
      const Row inputs = random_row(exact.random, kNarrow + 2, 0.6F);
      Row outputs(NarrowWeights::kMostOutputs);
      loaded.gru.read_out(inputs.data(), outputs.data());
      const Values expected = exact.read_out(inputs);
      for (std::size_t o = 0; o < expected.size(); ++o) {
        ASSERT_NEAR(outputs[o] / expected[o], 1, 2e-5) << seed << ", " << o;
      }
    }
  }
}

TEST_P(NarrowGruTest, MayKeepTheStateWhereItIs) {
  RandomGru exact(3, *GetParam());
  LoadedGru loaded(exact.source(), *GetParam());
  Row state = random_row(exact.random, kNarrow, 0.5F);
  Row after(kNarrow);
  const std::array<float, 2> inputs{0.5F, 0.8F};
  loaded.gru.listen(inputs.data(), state.data(), after.data());
  loaded.gru.listen(inputs.data(), state.data(), state.data());
  EXPECT_EQ(state, after);
}

// It stops there, and the layers are what a decoder then has.
TEST(NarrowInput, HasNoMorePiecesThanThereIsRoomFor) {
  const RandomGru exact(1, best_kernels());
  const NarrowInput::Source source{
      RandomGru::layers(exact.pitch), &exact.input_gates.layer, 0, true, -0.3F, 1.1F};
  for (const std::size_t most : {std::size_t{1}, std::size_t{4}, NarrowInput::kMostPieces}) {
    std::vector<std::byte> memory(NarrowInput::bytes());
    Arena arena(memory);
    NarrowInput input;
    input.prepare(arena, most);
    int steps = 0;
    while (input.load_step(source)) ASSERT_LT(++steps, 1000);
    EXPECT_FALSE(input.load_step(source));
    EXPECT_EQ(input.complete(), most == NarrowInput::kMostPieces) << most;
  }
}

INSTANTIATE_TEST_SUITE_P(Portable, NarrowGruTest, testing::Values(&portable_kernels()));
INSTANTIATE_TEST_SUITE_P(Best, NarrowGruTest, testing::Values(&best_kernels()));

std::vector<std::byte> shipped(const std::string& name) {
  std::ifstream file(std::string(SIDEBAND_SOURCE_DIR) + "/models/" + name, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> bytes(text.size());
  std::transform(text.begin(), text.end(), bytes.begin(), [](char c) { return std::byte(c); });
  return bytes;
}

// The largest difference in the controls between decoders whose memory has room for this and whose
// memory has not.
float largest_difference(const std::vector<std::byte>& file, int frames) {
  LoadedModel narrow(file, 4U << 20U);
  LoadedModel layers(file, 2U << 20U);
  EXPECT_TRUE(narrow.status.ok()) << narrow.status.message();
  EXPECT_TRUE(layers.status.ok()) << layers.status.message();
  EXPECT_GT(narrow.load_steps, layers.load_steps);
  Controls controls;
  Controls expected;
  float largest = 0;
  for (int n = 0; n < frames; ++n) {
    const auto t = static_cast<float>(n);
    const Features features{440 * std::exp2(3 * std::sin(0.0137F * t) + std::sin(0.37F * t)), 1.0F,
                            -40 + 40 * std::sin(0.0271F * t) + 8 * std::sin(0.9F * t)};
    narrow.decoder.decode(features, controls);
    layers.decoder.decode(features, expected);
    largest = std::max(largest, std::abs(controls.amplitude - expected.amplitude));
    for (std::size_t i = 0; i < expected.harmonic.size(); ++i) {
      largest = std::max(largest, std::abs(controls.harmonic[i] - expected.harmonic[i]));
    }
    for (std::size_t i = 0; i < expected.noise_band.size(); ++i) {
      largest = std::max(largest, std::abs(controls.noise_band[i] - expected.noise_band[i]));
    }
  }
  return largest;
}

// As near as all decoders are to PyTorch's.
TEST(NarrowGru, DecodesShippedModelsAsTheirLayersDo) {
  for (const std::string instrument : {"violin", "flute", "trumpet", "piano"}) {
    const std::vector<std::byte> file = shipped(instrument + "/hpn-reduced.safetensors");
    ASSERT_FALSE(file.empty()) << instrument;
    const float difference = largest_difference(file, 20000);
    EXPECT_LT(difference, 1e-5F) << instrument;
    EXPECT_GT(difference, 0) << instrument;
  }
}

// Factors of theirs, multiplied through three layers, would be beyond the largest float.
TEST(NarrowGru, LeavesHugeWeightsToTheirLayers) {
  for (const float scale : {0.3F, 1e3F, 1e12F}) {
    const std::vector<std::byte> file =
        random_model({.synth = "harmonic_noise", .reverb = false, .weight_scale = scale});
    const float difference = largest_difference(file, 500);
    EXPECT_EQ(difference > 0, scale < 1) << scale;
    EXPECT_LT(difference, 1e-5F) << scale;
  }
}

// Narrow weights are floats here, so that these decode as files do that hold them as floats.
TEST(NarrowGru, DecodesEveryWidthOfWeights) {
  for (const DataType weights : {DataType::kF16, DataType::kI8}) {
    RandomModelOptions options{.synth = "harmonic_noise", .reverb = false, .weights = weights};
    LoadedModel narrow(random_model(options));
    options.expanded = true;
    LoadedModel expanded(random_model(options));
    ASSERT_TRUE(narrow.status.ok()) << narrow.status.message();
    ASSERT_TRUE(expanded.status.ok()) << expanded.status.message();
    Controls controls;
    Controls expected;
    for (int n = 0; n < 500; ++n) {
      const auto t = static_cast<float>(n);
      const Features features{300 + 2 * t, 1, -60 + 40 * std::sin(0.1F * t)};
      narrow.decoder.decode(features, controls);
      expanded.decoder.decode(features, expected);
      ASSERT_EQ(controls.amplitude, expected.amplitude);
      ASSERT_EQ(controls.harmonic, expected.harmonic);
      ASSERT_EQ(controls.noise_band, expected.noise_band);
    }
    ASSERT_GT(controls.amplitude, 0);
  }
}

TEST(NarrowGru, IsNotForOtherWidths) {
  EXPECT_TRUE(NarrowGru::fits(16, 166));
  EXPECT_FALSE(NarrowGru::fits(15, 166));
  EXPECT_FALSE(NarrowGru::fits(32, 166));
  EXPECT_FALSE(NarrowGru::fits(16, 177));
}

}  // namespace
}  // namespace sideband::test
