// Presets: the papers' interventions do what the papers say; morphs go the musical way.
#include "web/ui/presets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/synth/fm/algorithms.h"

namespace sideband::ui {
namespace {

FmPatch model_of(std::size_t configuration) {
  FmPatch patch;
  patch.carrier = {1, 1, 1, 1, 1, 1};
  patch.i_max = 2;
  set_routing(patch, kFmConfigurations[configuration].algorithm);
  patch.ratio = kFmConfigurations[configuration].ratio;
  return patch;
}

std::array<float, kParamCount> initial_params() {
  std::array<float, kParamCount> params{};
  for (std::size_t i = 0; i < params.size(); ++i) params[i] = kParams[i].initial;
  return params;
}

Sound sound_of(const std::string& name, std::size_t configuration) {
  for (int i = 0; i < preset_count(); ++i) {
    if (preset(i).name == name) {
      return preset_sound(i, initial_params(), model_of(configuration));
    }
  }
  ADD_FAILURE() << "no preset " << name;
  return {};
}

float value(const Sound& sound, Param param) {
  return sound.param[static_cast<std::size_t>(param)];
}

TEST(Presets, ThePapersInterventions) {
  // Violin: 1, 1, 1, 1, 3, 14 with carriers 1 and 3.
  EXPECT_EQ(sound_of("Modulators ×3", 0).patch.ratio, (std::array<float, 6>{1, 3, 1, 3, 3, 14}));
  // Flute: every operator but 1 modulates.
  const Sound doubled = sound_of("Envelopes ×2", 1);
  EXPECT_EQ(value(doubled, Param::kLevel1), 1);
  for (int op = 1; op < kOperators; ++op) {
    EXPECT_EQ(value(doubled, param_of(Param::kLevel1, op)), 2);
  }
  // Trumpet with two operators.
  EXPECT_FLOAT_EQ(sound_of("Ratio √2", 7).patch.ratio[1], std::sqrt(2.0F));
  EXPECT_EQ(sound_of("Ratio √2", 7).patch.ratio[0], 1);
}

TEST(Presets, AllAreWithinRangeOnEveryConfigurationAndKeepWhatIsThePlayers) {
  auto params = initial_params();
  params[static_cast<std::size_t>(Param::kInputGain)] = 7;
  params[static_cast<std::size_t>(Param::kNoise)] = 3;
  for (std::size_t configuration = 0; configuration < kFmConfigurations.size(); ++configuration) {
    for (int i = 0; i < preset_count(); ++i) {
      SCOPED_TRACE(preset(i).name);
      const Sound sound = preset_sound(i, params, model_of(configuration));
      for (std::size_t p = 0; p < sound.param.size(); ++p) {
        EXPECT_GE(sound.param[p], kParams[p].min);
        EXPECT_LE(sound.param[p], kParams[p].max);
      }
      EXPECT_EQ(value(sound, Param::kInputGain), 7);
      EXPECT_EQ(value(sound, Param::kNoise), 1);
      float carriers = 0;
      for (const float gain : sound.patch.carrier) carriers += gain;
      EXPECT_GT(carriers, 0);
      for (const float ratio : sound.patch.ratio) {
        EXPECT_GT(ratio, 0);
        EXPECT_LE(ratio, 32);
      }
    }
  }
}

TEST(Presets, AMorphEndsExactlyAtBothAndGoesByIntervals) {
  const Sound a = sound_of("Model", 0);
  const Sound b = sound_of("Modulators ×3", 0);
  EXPECT_EQ(morph(a, b, 0).patch.ratio, a.patch.ratio);
  EXPECT_EQ(morph(a, b, 1).patch.ratio, b.patch.ratio);
  EXPECT_FLOAT_EQ(morph(a, b, 0.5F).patch.ratio[1], std::sqrt(3.0F));
  const Sound bright = sound_of("Envelopes ×2", 0);
  EXPECT_FLOAT_EQ(value(morph(a, bright, 0.5F), param_of(Param::kLevel1, 1)), std::sqrt(2.0F));
}

// No stretch of a morph jumps: neighbouring positions are close in every value.
TEST(Presets, MorphsBetweenAnyTwoAreContinuous) {
  constexpr int kSteps = 200;
  for (int from = 0; from < preset_count(); ++from) {
    for (int to = from + 1; to < preset_count(); ++to) {
      const Sound a = preset_sound(from, initial_params(), model_of(3));
      const Sound b = preset_sound(to, initial_params(), model_of(3));
      Sound before = a;
      for (int step = 1; step <= kSteps; ++step) {
        const Sound now = morph(a, b, static_cast<float>(step) / kSteps);
        for (std::size_t op = 0; op < kOperators; ++op) {
          ASSERT_NEAR(now.patch.carrier[op], before.patch.carrier[op], 0.02);
          ASSERT_NEAR(std::log2(now.patch.ratio[op]), std::log2(before.patch.ratio[op]), 0.03);
          for (std::size_t m = 0; m < kOperators; ++m) {
            ASSERT_NEAR(now.patch.modulation[op][m], before.patch.modulation[op][m], 0.02);
          }
        }
        before = now;
      }
    }
  }
}

}  // namespace
}  // namespace sideband::ui
