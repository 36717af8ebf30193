// What the player changes: nothing at rest, the right thing when set, and never a step.
#include "core/interventions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/synth/fm/algorithms.h"
#include "tests/support/test_engine.h"

namespace sideband {
namespace {

using test::test_tone;
using test::TestEngine;

FmPatch strings() {
  FmPatch patch;
  patch.carrier = {1, 0, 1, 0, 0, 0};
  patch.i_max = 2;
  set_routing(patch, kFmConfigurations[0].algorithm);
  patch.ratio = kFmConfigurations[0].ratio;
  return patch;
}

struct Applied {
  InterventionStage stage;
  Controls sounding;
  SynthSettings settings;

  void apply(const Interventions& wanted, int frames = 1) {
    Controls model;
    model.level = {2, 1, 2, 1, 0.5F, 0.25F};
    model.noise_band.fill(0.1F);
    for (int i = 0; i < frames; ++i) {
      stage.apply(wanted, strings(), model, 1, sounding, settings);
    }
  }
};

TEST(Interventions, AtRestChangeNoBit) {
  Applied at_rest;
  at_rest.apply({}, 100);
  EXPECT_EQ(at_rest.sounding.level, (std::array<float, 6>{2, 1, 2, 1, 0.5F, 0.25F}));
  EXPECT_EQ(at_rest.settings.patch.ratio, strings().ratio);
  EXPECT_EQ(at_rest.settings.patch.modulation, strings().modulation);
  EXPECT_EQ(at_rest.sounding.noise_band[3], 0.1F);
}

TEST(Interventions, CurveBendsTheEnvelopeAndKeepsItsEnds) {
  Interventions wanted;
  for (OperatorIntervention& op : wanted.op) op.curve = 2;
  Applied applied;
  applied.apply(wanted);
  EXPECT_FLOAT_EQ(applied.sounding.level[0], 2);
  EXPECT_FLOAT_EQ(applied.sounding.level[1], 0.5F);    // 2·(1/2)²
  EXPECT_FLOAT_EQ(applied.sounding.level[4], 0.125F);  // 2·(1/4)²
}

TEST(Interventions, BrightnessAndIndexScaleLeaveCarriersAlone) {
  Interventions wanted;
  wanted.brightness = 2;
  wanted.index_scale = 1.5F;
  Applied applied;
  applied.apply(wanted);
  EXPECT_EQ(applied.sounding.level[0], 2);
  EXPECT_EQ(applied.sounding.level[1], 3);
  EXPECT_EQ(applied.settings.patch.modulation[4][5], 1);
}

TEST(Interventions, DetuneIsInCents) {
  Interventions wanted;
  wanted.op[1].detune_cents = 100;
  wanted.op[2].ratio_scale = 3;
  Applied applied;
  applied.apply(wanted);
  EXPECT_NEAR(applied.settings.patch.ratio[1], std::exp2(1.0 / 12), 1e-6);
  EXPECT_EQ(applied.settings.patch.ratio[2], 3);
}

TEST(Interventions, SoloLeavesTheWholeStackAndNoNoise) {
  Interventions wanted;
  wanted.op[4].solo = true;  // 6 > 5 > 4 > 3 and out
  Applied applied;
  applied.apply(wanted);
  for (const std::size_t op : {0U, 1U}) EXPECT_EQ(applied.sounding.level[op], 0) << op;
  for (const std::size_t op : {2U, 3U, 4U, 5U}) EXPECT_GT(applied.sounding.level[op], 0) << op;
  EXPECT_EQ(applied.sounding.noise_band[0], 0);
  wanted.op[5].mute = true;
  applied.apply(wanted, InterventionStage::kRampFrames);
  EXPECT_EQ(applied.sounding.level[5], 0);
  EXPECT_GT(applied.sounding.level[4], 0);
}

TEST(Interventions, MuteTakesTwentyMilliseconds) {
  Interventions wanted;
  Applied applied;
  applied.apply(wanted);
  wanted.op[0].mute = true;
  float before = applied.sounding.level[0];
  for (int frame = 0; frame < InterventionStage::kRampFrames; ++frame) {
    applied.apply(wanted);
    EXPECT_NEAR(before - applied.sounding.level[0], 0.4, 1e-6);
    before = applied.sounding.level[0];
  }
  EXPECT_EQ(before, 0);
}

TEST(Interventions, LfoSwingsLevelAndPitchAtItsRate) {
  Interventions wanted;
  wanted.op[0].lfo_rate_hz = 5;
  wanted.op[0].lfo_level = 0.5F;
  wanted.op[0].lfo_pitch_cents = 100;
  Applied applied;
  float least = 10;
  float most = 0;
  double highest_cents = 0;
  int upward_crossings = 0;
  double last_cents = 0;
  for (int frame = 0; frame < 500; ++frame) {  // two seconds: ten periods
    applied.apply(wanted);
    least = std::min(least, applied.sounding.level[0]);
    most = std::max(most, applied.sounding.level[0]);
    const double cents = 1200 * std::log2(static_cast<double>(applied.settings.patch.ratio[0]));
    highest_cents = std::max(highest_cents, cents);
    if (last_cents <= 0 && cents > 1e-3) ++upward_crossings;
    last_cents = cents;
  }
  EXPECT_NEAR(least, 1, 0.01);
  EXPECT_NEAR(most, 2, 0.01);
  EXPECT_NEAR(highest_cents, 100, 0.5);
  EXPECT_EQ(upward_crossings, 10);
}

TEST(Interventions, NothingTheyAreGivenLeavesAsNotANumber) {
  Interventions wanted;
  wanted.op[0].curve = 4;
  wanted.op[0].level_scale = INFINITY;
  wanted.op[1].level_scale = NAN;
  wanted.op[2].lfo_level = NAN;
  Applied applied;
  applied.apply(wanted, 10);
  for (const float level : applied.sounding.level) EXPECT_TRUE(std::isfinite(level));
}

float largest_bend(std::span<const float> samples) {
  float worst = 0;
  for (std::size_t n = 2; n < samples.size(); ++n) {
    worst = std::max(worst, std::abs(samples[n] - 2 * samples[n - 1] + samples[n - 2]));
  }
  return worst;
}

// The whole engine while a note is held: no parameter makes a sharper bend than the sounds before
// and after it have.
TEST(Interventions, NoneClicksWhileANoteSounds) {
  const std::vector<float> tone = test_tone(48000, 4.0F, 220);
  const std::span<const float> held = std::span(tone).subspan(48000, 96000);
  for (const Param param : {Param::kMute1, Param::kSolo1, Param::kCurve1, Param::kDetune1,
                            Param::kLevel1, Param::kIndexScale, Param::kBrightness,
                            Param::kLfoLevel1, Param::kLfoPitch1, Param::kRatio1}) {
    const auto& info = kParams[static_cast<std::size_t>(param)];
    SCOPED_TRACE(std::string(info.name));
    TestEngine test;
    ASSERT_TRUE(test.load_now(0, {.reverb = false, .weight_scale = 0.1F}));
    std::vector<float> in(held.begin(), held.begin() + 48000);
    const std::vector<float> before = test.run(in, 128);
    test.engine.set(param, param == Param::kRatio1 ? 2 : info.max);
    in.assign(held.begin() + 48000, held.begin() + 52800);
    const std::vector<float> change = test.run(in, 128);
    in.assign(held.begin() + 52800, held.begin() + 96000);
    const std::vector<float> after = test.run(in, 128);
    const float steady =
        std::max(largest_bend(std::span(before).subspan(24000)), largest_bend(std::span(after)));
    EXPECT_GT(steady, 0);
    EXPECT_LE(largest_bend(change), 1.5F * steady);
  }
}

}  // namespace
}  // namespace sideband
