// F16 and I8 weights stay narrow in memory and sound like the same values as F32; what is wrong
// with them is found while they are packed.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>

#include "core/inference/dense_layer.h"
#include "core/util/half.h"
#include "tests/support/random_model.h"
#include "tests/support/test_engine.h"
#include "tests/unit/inference/golden_files.h"

namespace sideband::test {
namespace {

using ::sideband::DataType;

TEST(Half, EveryValueComesBack) {
  for (unsigned bits = 0; bits < 0x10000U; ++bits) {
    if ((bits & 0x7C00U) == 0x7C00U) continue;  // not finite
    const auto half = static_cast<std::uint16_t>(bits);
    ASSERT_EQ(half_of_float(half_to_float(half)), half);
  }
  EXPECT_EQ(half_of_float(1.0F + 0x1p-11F), half_of_float(1.0F));  // a tie, to even
  EXPECT_EQ(half_of_float(1.0F + 0x1.8p-10F), half_of_float(1.0F + 0x1p-9F));
}

TEST(Half, VectorsWidenAsSingleValuesDo) {
  for (unsigned first = 0; first < 0x10000U; first += kSimdFloats) {
    std::array<std::uint16_t, kSimdFloats> halves{};
    for (unsigned i = 0; i < kSimdFloats; ++i) halves[i] = static_cast<std::uint16_t>(first + i);
    const FloatV wide = simd_load_half(halves.data());
    for (int i = 0; i < kSimdFloats; ++i) {
      const float original = half_to_float(halves[static_cast<std::size_t>(i)]);
      if (!std::isfinite(original)) continue;
      ASSERT_EQ(wide[i], original);
    }
  }
}

// One layer with random narrow weights, against double precision over the same values.
struct NarrowLayer {
  NarrowLayer(DataType type, int inputs, int outputs, const Kernels& used = best_kernels(),
              bool behind_relu = false)
      : kind(type), kernels(used), rectified(behind_relu) {
    std::mt19937 random(static_cast<unsigned>(inputs * 997 + outputs));
    std::normal_distribution<float> normal;
    const auto count = static_cast<std::size_t>(inputs) * static_cast<std::size_t>(outputs);
    for (std::size_t i = 0; i < count; ++i) {
      halves.push_back(half_of_float(0.2F * normal(random)));
      bytes.push_back(static_cast<std::int8_t>(static_cast<int>(random() % 255U) - 127));
    }
    for (int o = 0; o < outputs; ++o) {
      scales.push_back(0.002F * (1 + static_cast<float>(random() % 100U) / 100));
      biases.push_back(normal(random));
    }
    for (int i = 0; i < inputs; ++i) {
      x.push_back(normal(random));
      if (rectified && x.back() < 0.5F) x.back() = 0;
    }
    for (std::size_t o = 0; o < scales.size(); ++o) {
      double sum = biases[o];
      double size = 0;
      double largest = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t at = o * x.size() + i;
        const double weight =
            type == DataType::kF16 ? half_to_float(halves[at]) : double{scales[o]} * bytes[at];
        sum += weight * x[i];
        size += std::abs(weight);
        largest = std::max(largest, std::abs(weight));
      }
      exact.push_back(sum);
      weight_sums.push_back(size);
      largest_weights.push_back(largest);
    }
    prepare(layer);
  }

  void prepare(DenseLayer& used) {
    const int outputs = static_cast<int>(biases.size());
    const int inputs = static_cast<int>(x.size());
    const auto view = [](DataType element, auto& values, std::initializer_list<int> shape) {
      TensorView tensor;
      tensor.type = element;
      for (const int extent : shape) tensor.shape[static_cast<std::size_t>(tensor.rank++)] = extent;
      tensor.data = std::as_bytes(std::span(values));
      return tensor;
    };
    LayerTensors tensors;
    tensors.weight.tensor = kind == DataType::kF16 ? view(kind, halves, {outputs, inputs})
                                                   : view(kind, bytes, {outputs, inputs});
    if (kind == DataType::kI8) {
      tensors.weight.scale = view(DataType::kF32, scales, {outputs});
    }
    tensors.bias.tensor = view(DataType::kF32, biases, {outputs});
    // Memory with something in it: padding must not depend on zeros found there.
    memory.assign(4U << 20U, std::byte{0x5A});
    Arena arena(memory);
    used.prepare(tensors, {inputs, outputs, 1, rectified}, arena, kernels);
    while (used.load_step()) {
    }
  }

  DataType kind;
  const Kernels& kernels;
  bool rectified;
  std::vector<std::uint16_t> halves;
  std::vector<std::int8_t> bytes;
  std::vector<float> scales;
  std::vector<float> biases;
  std::vector<float> x;
  std::vector<double> exact;
  std::vector<double> weight_sums;
  std::vector<double> largest_weights;  // of each output
  std::vector<std::byte> memory;
  DenseLayer layer;
};

struct NarrowCase {
  DataType type;
  const Kernels* kernels;
  bool rectified;
};
class NarrowProduct : public testing::TestWithParam<NarrowCase> {};

TEST_P(NarrowProduct, AgreesWithDoublePrecision) {
  for (const int inputs : {1, 2, 3, 6, 7, 48, 131, 384, 1026}) {
    for (int outputs = 1; outputs <= 3 * 64 + 9; outputs += outputs < 20 ? 1 : 23) {
      const auto& [type, kernels, rectified_inputs] = GetParam();
      NarrowLayer it(type, inputs, outputs, *kernels, rectified_inputs);
      const WeightKind kind = kind_of(type, inputs, outputs, kernels->layout, rectified_inputs);
      const auto count = static_cast<std::size_t>(outputs);
      std::vector<float> stored(count + 1, 77.0F);
      std::vector<float> rectified(count, 77.0F);
      std::vector<float> added(count, 77.0F);
      const ConstFrames x{it.x.data(), it.x.size(), it.x.size(), 1};
      it.layer.run(x, {stored.data(), count, count, 1}, Epilogue::kStore);
      it.layer.run(x, {rectified.data(), count, count, 1}, Epilogue::kRelu);
      it.layer.run(x, {added.data(), count, count, 1}, Epilogue::kAccumulate);
      float peak = 0;
      double input_sum = 0;
      for (const float value : it.x) {
        peak = std::max(peak, std::abs(value));
        input_sum += std::abs(value);
      }
      for (std::size_t o = 0; o < count; ++o) {
        // Halves that stay halves or become floats: float sums. Integers: half a step of the
        // rounded inputs, which have 15 bits, or as many as `inputs` products with bytes leave.
        // Halves that become shorts: half a step of those too, and of inputs with 21 bits.
        const double most = kind == WeightKind::kI16
                                ? kLargestInParts
                                : std::min(32767.0, std::floor(2147480000.0 / (128.0 * inputs)));
        double tolerance = 4e-7 * (10 + inputs);
        if (is_integer(kind)) tolerance = 0.5 * peak / most * it.weight_sums[o] + 1e-5;
        if (kind == WeightKind::kI16) {
          const double unit =
              std::exp2(std::ceil(std::log2(it.largest_weights[o] / kLargestShort)));
          tolerance += 0.5 * unit * input_sum;
        }
        ASSERT_NEAR(stored[o], it.exact[o], tolerance) << inputs << " to " << outputs << ", " << o;
        ASSERT_EQ(rectified[o], stored[o] > 0 ? stored[o] : 0.0F);
        ASSERT_NEAR(added[o], 77.0 + it.exact[o], tolerance + 8e-6);
      }
      ASSERT_EQ(stored[count], 77.0F);  // nothing is written past the end
    }
  }
}

// A slot's layers are prepared again for every model it loads.
TEST(NarrowLayerAgain, HalvesAfterBytesForgetTheScales) {
  NarrowLayer bytes(DataType::kI8, 12, 20);
  NarrowLayer halves(DataType::kF16, 12, 20);
  DenseLayer& used = bytes.layer;
  halves.prepare(used);
  std::vector<float> fresh(20);
  std::vector<float> again(20);
  halves.layer.run({halves.x.data(), 12, 12, 1}, {fresh.data(), 20, 20, 1}, Epilogue::kStore);
  used.run({halves.x.data(), 12, 12, 1}, {again.data(), 20, 20, 1}, Epilogue::kStore);
  EXPECT_EQ(fresh, again);
}

TEST_P(NarrowProduct, StaysFiniteWhateverComesIn) {
  NarrowLayer it(GetParam().type, 12, 20, *GetParam().kernels, GetParam().rectified);
  std::vector<float> y(20);
  it.x[5] = std::numeric_limits<float>::quiet_NaN();
  it.layer.run(ConstFrames{it.x.data(), 12, 12, 1}, {y.data(), 20, 20, 1}, Epilogue::kRelu);
  for (const float value : y) EXPECT_TRUE(std::isfinite(value));
}

INSTANTIATE_TEST_SUITE_P(Types, NarrowProduct,
                         testing::Values(NarrowCase{DataType::kF16, &portable_kernels(), false},
                                         NarrowCase{DataType::kF16, &best_kernels(), false},
                                         NarrowCase{DataType::kF16, &portable_kernels(), true},
                                         NarrowCase{DataType::kF16, &best_kernels(), true},
                                         NarrowCase{DataType::kI8, &portable_kernels(), false},
                                         NarrowCase{DataType::kI8, &best_kernels(), false},
                                         NarrowCase{DataType::kI8, &best_kernels(), true}));

// A sung phrase: what the difference is measured on.
std::vector<float> phrase(int sample_rate_hz) {
  std::vector<float> samples(static_cast<std::size_t>(2 * sample_rate_hz));
  double phase = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double t = static_cast<double>(n) / sample_rate_hz;
    phase += (300 + 80 * std::sin(2.5 * t) + 3 * std::sin(33 * t)) / sample_rate_hz;
    const double swell = 0.3 * (0.6 + 0.4 * std::sin(5 * t));
    double sum = 0;
    for (int h = 1; h <= 8; ++h) sum += std::sin(2 * M_PI * h * phase) / h;
    samples[n] = static_cast<float>(swell * sum);
  }
  return samples;
}

std::vector<float> render(RandomModelOptions options, DataType type, bool expanded) {
  options.weights = type;
  options.expanded = expanded;
  TestEngine test(16000);
  EXPECT_TRUE(test.prepared().ok());
  const Status status = test.load_now(0, options);
  EXPECT_TRUE(status.ok()) << status.message();
  test.engine.set(Param::kNoise, 0);  // of the noise only its bands depend on the weights
  return test.run(phrase(16000), 128);
}

double difference_db(const std::vector<float>& a, const std::vector<float>& b) {
  double error = 0;
  double power = 0;
  for (std::size_t n = 0; n < a.size(); ++n) {
    error += std::pow(double{a[n]} - b[n], 2);
    power += std::pow(double{b[n]}, 2);
  }
  EXPECT_GT(power / static_cast<double>(b.size()), 1e-6);  // something sounds
  return 10 * std::log10((error + 1e-30) / power);
}

TEST(NarrowAudio, StaysNearTheFullWeights) {
  struct Case {
    const char* name;
    RandomModelOptions options;
  };
  const Case cases[] = {
      {"DDX7 full", {.hidden = 128, .blocks = 5, .reverb = false, .weight_scale = 0.08F}},
      {"DDX7 reduced", {.hidden = 64, .blocks = 3, .reverb = false, .weight_scale = 0.12F}},
      {"HpN reduced",
       {.synth = "harmonic_noise", .hidden = 16, .reverb = false, .weight_scale = 0.3F}},
      {"HpN", {.synth = "harmonic_noise", .hidden = 256, .reverb = false, .weight_scale = 0.06F}},
  };
  for (const Case& it : cases) {
    const auto full = render(it.options, DataType::kF32, false);
    const auto half = render(it.options, DataType::kF16, false);
    const auto bytes = render(it.options, DataType::kI8, false);
    const double half_db = difference_db(half, full);
    const double bytes_db = difference_db(bytes, full);
    const double half_kernel_db = difference_db(half, render(it.options, DataType::kF16, true));
    const double bytes_kernel_db = difference_db(bytes, render(it.options, DataType::kI8, true));
    std::printf("%-13s F16 %.1f dB (kernel alone %.1f), I8 %.1f dB (kernel alone %.1f)\n", it.name,
                half_db, half_kernel_db, bytes_db, bytes_kernel_db);
    EXPECT_LT(half_db, -60) << it.name;
    EXPECT_LT(half_kernel_db, -75) << it.name;
    EXPECT_LT(bytes_db, -25) << it.name;
    EXPECT_LT(bytes_kernel_db, -60) << it.name;
  }
}

// But for halves behind a ReLU, which are floats where integers take the place of halves.
TEST(NarrowWeights, OccupyWhatTheyHaveInTheFile) {
  std::array<double, 3> used{};
  double weights = 0;
  for (std::size_t i = 0; i < used.size(); ++i) {
    const LoadedModel loaded(random_model(
        {.hidden = 128, .blocks = 5, .reverb = false, .weights = static_cast<DataType>(i)}));
    ASSERT_TRUE(loaded.status.ok()) << loaded.status.message();
    used[i] = static_cast<double>(loaded.arena.used_bytes());
    weights = static_cast<double>(loaded.decoder.macs_per_frame());
  }
  struct Layers {
    int count;
    int inputs;
    int outputs;
    bool rectified;
  };
  constexpr Layers kLayers[] = {{1, 6, 128, false},  {1, 2, 128, false},   {4, 384, 128, false},
                                {4, 384, 128, true}, {3, 128, 128, false}, {1, 384, 6, true},
                                {1, 128, 6, false}};
  // Integers bring scales for each row, and room for rounded inputs.
  const KernelLayout layout = best_kernels().layout;
  double saved = 0;
  for (const Layers& it : kLayers) {
    const WeightKind kind = kind_of(DataType::kF16, it.inputs, it.outputs, layout, it.rectified);
    saved += it.count *
             (static_cast<double>(packed_bytes(WeightKind::kF32, it.inputs, it.outputs, layout)) -
              static_cast<double>(packed_bytes(kind, it.inputs, it.outputs, layout)));
    if (!is_integer(kind)) continue;
    saved -= it.count * (4 * scales_per_row(kind, it.inputs) * padded_outputs(it.outputs, layout) +
                         2 * rounded_size(kind, it.inputs, layout));
  }
  EXPECT_GT(saved, (layout.halves_as_shorts ? 1.0 : 1.8) * weights);
  EXPECT_NEAR(used[0] - used[1], saved, 0.01 * weights);
  EXPECT_NEAR(used[0] - used[2], 3 * weights, 0.05 * weights);
}

// The page's slots have 12 MB.
TEST(NarrowWeights, TheLargestModelFitsThePage) {
  for (const int rate_hz : {48000, 192000}) {
    EngineConfig config;
    config.sample_rate_hz = rate_hz;
    config.slot_bytes = 12U << 20U;
    std::vector<std::byte> memory(Engine::required_bytes(config));
    Arena arena(memory);
    auto engine = std::make_unique<Engine>();
    ASSERT_TRUE(engine->prepare(config, arena).ok());
    for (const DataType type : {DataType::kF16, DataType::kI8, DataType::kF32}) {
      const auto file = random_model(
          {.synth = "harmonic_noise", .hidden = 512, .weight_scale = 0.04F, .weights = type});
      const Status status = engine->load(0, file);
      if (type == DataType::kF32) {
        EXPECT_EQ(status.message().substr(0, 32), "the model needs more memory than");
      } else {
        ASSERT_TRUE(status.ok()) << status.message() << " at " << rate_hz << " Hz";
        EXPECT_LT(file.size(), config.slot_bytes);  // the inbox has as much
        ASSERT_TRUE(engine->finish_loading().ok());
      }
    }
  }
}

TEST(NarrowWeights, LongTensorsThatAreNotFiniteAreRefusedWhilePacking) {
  auto file = random_model({.hidden = 128, .blocks = 5, .reverb = false});
  const float infinity = HUGE_VALF;
  // Somewhere in the last block's 128 × 384 weights.
  std::memcpy(file.data() + (file.size() - 20'000) / 4 * 4, &infinity, sizeof(infinity));
  TestEngine test(48000);
  ASSERT_TRUE(test.engine.load(0, file).ok());
  const Status status = test.engine.finish_loading();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("has a value that is not finite"), std::string_view::npos)
      << status.message();
  EXPECT_FALSE(test.engine.loading());
  EXPECT_FALSE(test.engine.loaded(0));
  // The same while audio runs, and the next model loads as if nothing had happened.
  ASSERT_TRUE(test.engine.load(0, file).ok());
  test.run(std::vector<float>(48000), 128);
  EXPECT_FALSE(test.engine.loading());
  EXPECT_FALSE(test.engine.load_status().ok());
  EXPECT_TRUE(test.load_now(0, {}).ok());
  EXPECT_TRUE(test.engine.loaded(0));
}

}  // namespace
}  // namespace sideband::test
