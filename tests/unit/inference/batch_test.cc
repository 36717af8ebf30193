// The batched decoder: the same numbers as the streaming one and as PyTorch, however the frames are
// cut up.
#if defined(SIDEBAND_HAS_XNNPACK)

#include <gtest/gtest.h>

#include <cmath>

#include "core/inference/xnnpack_decoder.h"
#include "tests/support/random_model.h"
#include "tests/unit/inference/golden_files.h"

namespace sideband::test {
namespace {

constexpr float kTolerance = 1e-5F;

class GoldenBatch : public testing::TestWithParam<std::string> {};

TEST_P(GoldenBatch, GivesWhatPyTorchComputes) {
  const GoldenAnswer golden(GetParam());
  const auto loaded = load_golden_model(GetParam());
  std::vector<Controls> controls(golden.features.size());
  const Status status =
      decode_batch(loaded->model.decoder, loaded->model.tensors(), golden.features, controls);
  ASSERT_TRUE(status.ok()) << status.message();
  for (std::size_t n = 0; n < controls.size(); ++n) {
    ASSERT_LE(largest_difference(golden, n, controls[n]), kTolerance) << "frame " << n;
  }
}

TEST_P(GoldenBatch, DoesNotDependOnTheChunks) {
  const GoldenAnswer golden(GetParam());
  const auto loaded = load_golden_model(GetParam());
  for (const int chunk : {1, 2, 3, 7, 64}) {
    XnnpackDecoder decoder;
    ASSERT_TRUE(decoder.prepare(loaded->model.decoder, loaded->model.tensors(), chunk).ok());
    std::vector<Controls> controls(golden.features.size());
    // Two calls, and a second pass after a reset.
    for (int pass = 0; pass < 2; ++pass) {
      decoder.reset();
      const std::size_t half = controls.size() / 3;
      const std::span<const Features> features = golden.features;
      ASSERT_TRUE(decoder.decode(features.first(half), std::span(controls).first(half)).ok());
      ASSERT_TRUE(decoder.decode(features.subspan(half), std::span(controls).subspan(half)).ok());
      for (std::size_t n = 0; n < controls.size(); ++n) {
        ASSERT_LE(largest_difference(golden, n, controls[n]), kTolerance)
            << "frame " << n << " in chunks of " << chunk;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenBatch, testing::ValuesIn(kGoldenDecoders));

// The batched decoder holds every weight as a float and is itself compared with PyTorch above.
void expect_streaming_agrees(DataType weights, float tolerance) {
  const LoadedModel loaded(random_model({.synth = "fm_noise",
                                         .hidden = 128,
                                         .blocks = 5,
                                         .reverb = true,
                                         .seed = 3,
                                         .weight_scale = 0.12F,
                                         .weights = weights}),
                           16U << 20U);
  ASSERT_TRUE(loaded.status.ok()) << loaded.status.message();
  std::vector<Features> features;
  for (int n = 0; n < 700; ++n) {
    const auto t = static_cast<float>(n);
    features.push_back(
        {300.0F + 200.0F * std::sin(0.05F * t), 1.0F, -40.0F + 30.0F * std::sin(0.31F * t)});
  }
  std::vector<Controls> batched(features.size());
  ASSERT_TRUE(decode_batch(loaded.model.decoder, loaded.model.tensors(), features, batched).ok());
  Decoder decoder = loaded.decoder;
  Controls streamed;
  float lowest = 10;
  float highest = 0;
  for (std::size_t n = 0; n < features.size(); ++n) {
    decoder.decode(features[n], streamed);
    ASSERT_EQ(streamed.f0_hz, batched[n].f0_hz);
    for (std::size_t i = 0; i < streamed.level.size(); ++i) {
      ASSERT_NEAR(streamed.level[i], batched[n].level[i], tolerance) << "frame " << n;
      lowest = std::min(lowest, streamed.level[i]);
      highest = std::max(highest, streamed.level[i]);
    }
    for (std::size_t i = 0; i < streamed.noise_band.size(); ++i) {
      ASSERT_NEAR(streamed.noise_band[i], batched[n].noise_band[i], tolerance) << "frame " << n;
    }
  }
  EXPECT_GT(highest - lowest, 0.5F);  // the network did something
}

TEST(Batch, AgreesWithStreamingAtFullSize) {
  expect_streaming_agrees(DataType::kF32, kTolerance);
}

TEST(Batch, AgreesWithStreamingOfHalvesAtFullSize) {
  expect_streaming_agrees(DataType::kF16, kTolerance);
}

TEST(Batch, RefusesWhatStreamingRefuses) {
  const auto loaded = load_golden_model("tcn_small");
  std::vector<TensorView> tensors(loaded->model.tensors().begin(), loaded->model.tensors().end());
  tensors.pop_back();
  std::vector<Features> features(3);
  std::vector<Controls> controls(3);
  const Status status = decode_batch(loaded->model.decoder, tensors, features, controls);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("the model lacks the tensor"), std::string_view::npos);
}

}  // namespace
}  // namespace sideband::test

#endif  // SIDEBAND_HAS_XNNPACK
