// The streaming decoder against PyTorch, and what it promises about its state.
#include "core/inference/decoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/inference/golden_files.h"

namespace sideband::test {
namespace {

constexpr float kTolerance = 1e-5F;

// Beside I8 weights the inputs of a layer are rounded too, to 15 bits of the largest, and a layer
// norm over a few values magnifies what is left of that.
float tolerance_of(const std::string& name) {
  const bool bytes = name == "tcn_i8" || name == "gru_few_harmonics";
  return bytes ? 0x1p-12F : kTolerance;
}

class GoldenDecoder : public testing::TestWithParam<std::string> {};

TEST_P(GoldenDecoder, StreamsWhatPyTorchComputes) {
  const GoldenAnswer golden(GetParam());
  const auto loaded = load_golden_model(GetParam());
  ASSERT_FALSE(golden.features.empty());
  Controls controls;
  for (std::size_t n = 0; n < golden.features.size(); ++n) {
    loaded->decoder.decode(golden.features[n], controls);
    ASSERT_LE(largest_difference(golden, n, controls), tolerance_of(GetParam())) << "frame " << n;
    ASSERT_EQ(controls.f0_hz, golden.features[n].f0_hz);
  }
}

TEST_P(GoldenDecoder, ForgetsThePastOnReset) {
  const GoldenAnswer golden(GetParam());
  const auto loaded = load_golden_model(GetParam());
  Controls controls;
  for (int n = 0; n < 36; ++n) loaded->decoder.decode({700.0F, 1.0F, -3.0F}, controls);
  loaded->decoder.listen({700.0F, 1.0F, -3.0F});
  loaded->decoder.reset();
  for (std::size_t n = 0; n < golden.features.size(); ++n) {
    loaded->decoder.decode(golden.features[n], controls);
    ASSERT_LE(largest_difference(golden, n, controls), tolerance_of(GetParam())) << "frame " << n;
  }
}

TEST_P(GoldenDecoder, ListeningIsDecodingWithoutAnAnswer) {
  const GoldenAnswer golden(GetParam());
  const auto loaded = load_golden_model(GetParam());
  Controls controls;
  for (std::size_t n = 0; n < golden.features.size(); ++n) {
    if (n % 5 == 0 || n % 7 > 2) {
      loaded->decoder.listen(golden.features[n]);
      continue;
    }
    loaded->decoder.decode(golden.features[n], controls);
    ASSERT_LE(largest_difference(golden, n, controls), tolerance_of(GetParam())) << "frame " << n;
    ASSERT_EQ(controls.f0_hz, golden.features[n].f0_hz);
  }
}

TEST_P(GoldenDecoder, RecoversFromFeaturesThatAreNotFinite) {
  const auto loaded = load_golden_model(GetParam());
  const auto clean = load_golden_model(GetParam());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Features good{440.0F, 1.0F, -20.0F};
  Controls controls;
  Controls expected;
  for (int n = 0; n < 20; ++n) {
    loaded->decoder.decode(good, controls);
    clean->decoder.decode(good, expected);
  }
  // A frame that is not finite counts as the frame before.
  for (const Features& bad : {Features{nan, nan, nan}, Features{infinity, 0.0F, -infinity},
                              Features{-infinity, 1, nan}}) {
    loaded->decoder.decode(bad, controls);
    clean->decoder.decode(good, expected);
    EXPECT_EQ(controls.f0_hz, expected.f0_hz);
    EXPECT_EQ(controls.level, expected.level);
    EXPECT_EQ(controls.harmonic, expected.harmonic);
    EXPECT_EQ(controls.noise_band, expected.noise_band);
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenDecoder, testing::ValuesIn(kGoldenDecoders));

TEST(Decoder, ReportsItsSize) {
  const auto loaded = load_golden_model("tcn_small");  // 3 blocks, 24 channels, 6 outputs
  const long macs =
      (2 + 24) * 24 * 3 + 2 * 24 + 4 * 24 * 24 * 3 - 24 * 24 * 3 + 24 * 6 * 3 + 24 * 24 + 24 * 6;
  const long biases = 5 * 24 + 6 + 24 + 24 + 6;
  EXPECT_EQ(loaded->decoder.macs_per_frame(), macs);
  EXPECT_EQ(loaded->decoder.parameters(), macs + biases);
  EXPECT_EQ(loaded->decoder.receptive_field_frames(), 1 + 2 * 2 * (1 + 2 + 4));
}

TEST(Decoder, HugeButFiniteWeightsGiveFiniteControls) {
  auto bytes = read_golden_bytes("tcn_small.model.safetensors");
  // Every weight becomes ±3e38, so that sums overflow to infinities of both signs.
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof(header));
  for (std::size_t i = 8 + static_cast<std::size_t>(header); i + 4 <= bytes.size(); i += 4) {
    const float huge = (i / 4) % 3 == 0 ? -3e38F : 3e38F;
    std::memcpy(&bytes[i], &huge, sizeof(huge));
  }
  LoadedModel loaded(std::move(bytes));
  ASSERT_TRUE(loaded.status.ok()) << loaded.status.message();
  Controls controls;
  for (int n = 0; n < 100; ++n) {
    loaded.decoder.decode({440.0F, 1.0F, -20.0F}, controls);
    for (const float level : controls.level) ASSERT_TRUE(std::isfinite(level));
  }
}

TEST(Decoder, LoadsInSmallSteps) {
  // The packing of one hop must not take one long bite.
  const auto loaded = load_golden_model("tcn_small");
  EXPECT_EQ(loaded->load_steps, 9);  // one per layer here
  EXPECT_FALSE(loaded->decoder.load_step());
}

TEST(Decoder, RefusesTooLittleMemory) {
  const auto bytes = read_golden_bytes("tcn_small.model.safetensors");
  std::vector<std::byte> memory(1U << 20U);
  std::vector<std::byte> too_little(20U << 10U);
  Arena arena(memory);
  Arena small_arena(too_little);
  Model model;
  ASSERT_TRUE(parse_model(bytes, arena, model).ok());
  Decoder decoder;
  const Status status = decoder.prepare(model.decoder, model.tensors(), small_arena);
  EXPECT_EQ(status.message(), "the model needs more memory than the 20480 bytes it may have");
}

}  // namespace
}  // namespace sideband::test
