// Rendering by batches gives what the live engine plays, for every kind of model, whatever the size
// of the batches.
#if defined(SIDEBAND_HAS_XNNPACK)

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>

#include "core/xnnpack_renderer.h"
#include "tests/support/test_engine.h"

namespace sideband {
namespace {

using test::random_model;
using test::test_tone;
using test::TestEngine;

std::vector<std::byte> golden_model(const std::string& name) {
  std::ifstream file(SIDEBAND_SOURCE_DIR "/tests/golden/decoder/" + name + ".model.safetensors",
                     std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::byte> bytes(text.size());
  std::copy_n(reinterpret_cast<const std::byte*>(text.data()), bytes.size(), bytes.begin());
  return bytes;
}

std::vector<float> live(const std::vector<std::byte>& file, int rate_hz,
                        const std::vector<float>& in) {
  TestEngine test(rate_hz);
  EXPECT_TRUE(test.engine.load(0, file));
  EXPECT_TRUE(test.engine.finish_loading().ok());
  test.engine.set(Param::kTranspose, 2);
  test.engine.set(Param::kBrightness, 1.5F);
  test.engine.reset();
  return test.run(in, 128);
}

std::vector<float> batched(const std::vector<std::byte>& file, int rate_hz,
                           const std::vector<float>& in, int frames) {
  XnnpackRenderer renderer;
  EXPECT_TRUE(renderer.prepare(file, rate_hz, frames));
  renderer.set(Param::kTranspose, 2);
  renderer.set(Param::kBrightness, 1.5F);
  std::vector<float> out = in;
  // The second time must be as the first.
  for (int pass = 0; pass < 2; ++pass) {
    renderer.reset();
    EXPECT_TRUE(renderer.process(in, out));
  }
  return out;
}

double error_db(const std::vector<float>& expected, const std::vector<float>& found) {
  double error = 0;
  double level = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error += std::pow(static_cast<double>(found[i] - expected[i]), 2);
    level += std::pow(static_cast<double>(expected[i]), 2);
  }
  EXPECT_GT(level / static_cast<double>(expected.size()), 1e-8);
  return 10 * std::log10(error / level);
}

TEST(BatchRender, SoundsAsTheLiveEngineDoes) {
  const std::vector<std::vector<std::byte>> files{random_model({.synth = "fm"}),
                                                  random_model({.synth = "fm_noise"}),
                                                  golden_model("gru_small")};
  for (const int rate_hz : {16000, 44100}) {
    const auto tone = test_tone(rate_hz, 0.7F);
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto expected = live(files[i], rate_hz, tone);
      for (const int frames : {1, 16, XnnpackRenderer::kBatchFrames}) {
        EXPECT_LT(error_db(expected, batched(files[i], rate_hz, tone, frames)), -90)
            << "model " << i << " at " << rate_hz << " Hz by " << frames << " frames";
      }
    }
  }
}

TEST(BatchRender, OneAnalysisServesManyModels) {
  const int rate_hz = 16000;
  const auto tone = test_tone(rate_hz, 0.7F);
  std::vector<Features> played;
  ASSERT_TRUE(listen(tone, rate_hz, played));
  for (const auto& file : {random_model({.synth = "fm"}), golden_model("gru_small")}) {
    XnnpackRenderer renderer;
    ASSERT_TRUE(renderer.prepare(file, rate_hz));
    renderer.set(Param::kTranspose, 2);
    renderer.reset();
    auto padded = tone;
    padded.resize(tone.size() + static_cast<std::size_t>(renderer.latency_samples()));
    std::vector<float> alone(padded.size());
    ASSERT_TRUE(renderer.process(padded, alone));
    EXPECT_EQ(played.size(), padded.size() / 64);
    renderer.reset();
    renderer.follow(played);
    std::vector<float> following(padded.size());
    ASSERT_TRUE(renderer.process(padded, following));
    EXPECT_EQ(alone, following);
    // It is these frames that count, not the input.
    renderer.reset();
    renderer.follow(played);
    ASSERT_TRUE(renderer.process(std::vector<float>(padded.size()), following));
    EXPECT_EQ(alone, following);
  }
}

TEST(BatchRender, RefusesWhatIsNoModel) {
  XnnpackRenderer renderer;
  EXPECT_FALSE(renderer.prepare(std::vector<std::byte>(100), 16000));
}

}  // namespace
}  // namespace sideband

#endif
