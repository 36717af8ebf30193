// Output stage and silence gate: transparent where they should be, safe where they must be.
#include "core/synth/output_stage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "core/synth/silence_gate.h"

namespace sideband {
namespace {

TEST(OutputStage, TheLimiterIsTransparentBelowItsKneeAndNeverPassesItsCeiling) {
  const float ceiling = std::pow(10.0F, -0.3F / 20);
  float last = -1;
  for (int i = -40000; i <= 40000; ++i) {
    const float x = static_cast<float>(i) / 10000;
    const float y = soft_limit(x);
    if (std::abs(x) <= 0.75F) {
      ASSERT_EQ(x, y);
    }
    ASSERT_LE(std::abs(y), ceiling);
    ASSERT_GE(y, last);  // monotonic: no fold-over
    last = y;
  }
  // No corner at the knee: the slope is still almost 1 just above it.
  EXPECT_NEAR((soft_limit(0.7502F) - soft_limit(0.75F)) / 0.0002F, 1.0F, 0.01F);
  EXPECT_LE(soft_limit(3e38F), ceiling);
}

TEST(OutputStage, RemovesDcAndLeavesTheNotes) {
  OutputStage stage;
  stage.prepare(48000);
  std::vector<float> samples(96000);
  for (std::size_t n = 0; n < samples.size(); ++n) {
    samples[n] = 0.2F + 0.5F * static_cast<float>(std::sin(2 * std::numbers::pi * 100 *
                                                           static_cast<double>(n) / 48000));
  }
  stage.process(samples);
  double mean = 0;
  double energy = 0;
  for (std::size_t n = 48000; n < 96000; ++n) {
    mean += static_cast<double>(samples[n]) / 48000;
    energy += static_cast<double>(samples[n]) * static_cast<double>(samples[n]) / 48000;
  }
  EXPECT_LT(std::abs(mean), 1e-4);
  EXPECT_NEAR(10 * std::log10(energy / 0.125), 0, 0.05);
}

TEST(OutputStage, TheGainRampsWithoutAJump) {
  OutputStage stage;
  stage.prepare(48000);
  std::vector<float> samples(4800);
  for (std::size_t n = 0; n < samples.size(); ++n) {
    samples[n] = 0.5F * static_cast<float>(
                            std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(n) / 48000));
  }
  stage.process(std::span(samples).first(2400));
  stage.set_gain_db(-20);
  stage.process(std::span(samples).subspan(2400));
  float worst = 0;
  for (std::size_t n = 1; n < samples.size(); ++n) {
    worst = std::max(worst, std::abs(samples[n] - samples[n - 1]));
  }
  EXPECT_LT(worst, 0.5F * 2 * std::numbers::pi_v<float> / 48 * 1.02F);
  float peak = 0;
  for (std::size_t n = 4000; n < samples.size(); ++n) peak = std::max(peak, std::abs(samples[n]));
  EXPECT_NEAR(peak, 0.05F, 0.001F);
}

TEST(OutputStage, NonsenseInIsFiniteOutAndPasses) {
  OutputStage stage;
  stage.prepare(48000);
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> samples(480);
  for (std::size_t n = 0; n < samples.size(); ++n)
    samples[n] = 0.1F * std::sin(0.3F * static_cast<float>(n));
  samples[10] = inf;
  samples[20] = -inf;
  samples[30] = std::numeric_limits<float>::quiet_NaN();
  samples[40] = 3e38F;
  stage.set_gain_db(12);
  stage.process(samples);
  for (const float sample : samples) {
    ASSERT_TRUE(std::isfinite(sample));
    ASSERT_LE(std::abs(sample), 0.9661F);
  }
  std::vector<float> silence(48000 * 5);
  stage.process(silence);
  EXPECT_EQ(silence.back(), 0.0F);  // and no denormals on the way out
}

TEST(OutputStage, BlockSizesDoNotMatter) {
  std::vector<float> one(1000);
  for (std::size_t n = 0; n < one.size(); ++n) one[n] = std::sin(0.07F * static_cast<float>(n));
  std::vector<float> other = one;
  OutputStage a;
  OutputStage b;
  a.prepare(44100);
  b.prepare(44100);
  a.set_gain_db(-6);
  b.set_gain_db(-6);
  a.process(one);
  for (std::size_t start = 0; start < other.size(); start += 31) {
    b.process(std::span(other).subspan(start, std::min<std::size_t>(31, other.size() - start)));
  }
  EXPECT_EQ(one, other);
}

TEST(SilenceGate, OpensAboveItsThresholdAndClosesWellBelowAfterAHold) {
  SilenceGate gate;
  gate.set_threshold_db(-60);
  EXPECT_EQ(gate.update(-61), 0.0F);
  float gain = 0;
  int frames = 0;
  while (gain < 1) {
    const float next = gate.update(-59);
    EXPECT_LE(next - gain, 0.2001F);  // 20 ms
    gain = next;
    ++frames;
  }
  EXPECT_EQ(frames, 5);
  for (int k = 0; k < 500; ++k) EXPECT_EQ(gate.update(-65), 1.0F);  // within the hysteresis
  for (int k = 0; k < 24; ++k) EXPECT_EQ(gate.update(-70), 1.0F);   // held
  frames = 0;
  while (gate.update(-70) > 0) ++frames;
  EXPECT_NEAR(frames, 14, 1);         // 60 ms
  EXPECT_EQ(gate.update(-65), 0.0F);  // does not open within the hysteresis
}

TEST(SilenceGate, NonsenseIsSilence) {
  SilenceGate gate;
  for (int k = 0; k < 10; ++k) gate.update(0);
  for (int k = 0; k < 60; ++k) {
    gate.update(k % 2 == 0 ? std::numeric_limits<float>::quiet_NaN()
                           : -std::numeric_limits<float>::infinity());
  }
  EXPECT_EQ(gate.update(std::numeric_limits<float>::quiet_NaN()), 0.0F);
}

}  // namespace
}  // namespace sideband
