#include "core/match/mel_loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "core/util/rng.h"

namespace sideband::match {
namespace {

std::vector<float> noise(std::size_t samples, std::uint32_t seed, float decay) {
  Rng random;
  random.reseed(seed);
  std::vector<float> sound(samples);
  float gain = 0.5F;
  for (float& x : sound) x = (gain *= decay) * random.uniform();
  return sound;
}

// Frame beside frame or one after the other, of one sound and of excerpts: the same loss, the same
// gradient.
TEST(MelLoss, IsTheSpectralLossFrameByFrame) {
  for (const int spacing : {0, 1024, 1280}) {
    const std::size_t samples = 7 * 1280;
    std::vector<std::byte> block(std::size_t{16} << 20U);
    Arena arena(block);
    SpectralLoss<float, FloatTransform> plain;
    MelLoss wide;
    LossConfig config;
    config.max_samples = static_cast<int>(samples);
    ASSERT_TRUE(plain.prepare(config, arena));
    ASSERT_TRUE(wide.prepare(config.max_samples, config.mel_hop, arena));
    const auto target = noise(samples, 1, 0.9995F);
    const auto sound = noise(samples, 2, 0.999F);
    plain.set_target(target, spacing);
    wide.set_target(target, spacing);
    std::vector<float> d_plain(samples);
    std::vector<float> d_wide(samples, 0.0F);
    const LossWeights weights{.mel = 0.7, .mel_floor = 1e-6};
    const double expected = plain.evaluate(sound, weights, d_plain).mel_db;
    EXPECT_NEAR(wide.evaluate(sound, weights.mel_floor, weights.mel, d_wide), expected,
                1e-5 * expected);
    EXPECT_GT(expected, 1);
    float largest = 0;
    for (const float d : d_plain) largest = std::max(largest, std::abs(d));
    EXPECT_GT(largest, 0);
    for (std::size_t n = 0; n < samples; ++n) {
      ASSERT_NEAR(d_wide[n], d_plain[n], 1e-4F * largest) << "sample " << n << ", " << spacing;
    }
  }
}

}  // namespace
}  // namespace sideband::match
