// The whole path: the same samples at any block size, honest latency, silence, models that come and
// go.
#include "core/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "tests/support/test_engine.h"

namespace sideband {
namespace {

using test::RandomModelOptions;
using test::test_tone;
using test::TestEngine;

float peak(std::span<const float> samples) {
  float value = 0;
  for (const float sample : samples) value = std::max(value, std::abs(sample));
  return value;
}

float largest_step(std::span<const float> samples) {
  float value = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    value = std::max(value, std::abs(samples[i] - samples[i - 1]));
  }
  return value;
}

class EngineAtRate : public testing::TestWithParam<int> {};

TEST_P(EngineAtRate, GivesTheSameSamplesAtAnyBlockSize) {
  const std::vector<float> tone = test_tone(GetParam(), 0.4F);
  std::vector<float> expected;
  for (const std::size_t block : {std::size_t{128}, std::size_t{1}, std::size_t{31},
                                  std::size_t{64}, std::size_t{480}, std::size_t{1024}}) {
    TestEngine test(GetParam());
    ASSERT_TRUE(test.prepared()) << test.prepared().message();
    ASSERT_TRUE(test.load_now(0, {.synth = "fm_noise"}));
    test.engine.set(Param::kInputGain, -3);
    const std::vector<float> out = test.run(tone, block);
    if (expected.empty()) {
      expected = out;
      EXPECT_GT(peak(out), 0.01F);
    } else {
      EXPECT_EQ(out, expected) << "block of " << block;
    }
  }
}

TEST_P(EngineAtRate, SoundsNoEarlierThanItsLatencyAndSoonAfter) {
  TestEngine test(GetParam());
  ASSERT_TRUE(test.load_now(0, {.reverb = false}));
  test.engine.set(Param::kGate, -60);
  const std::size_t onset = static_cast<std::size_t>(GetParam()) / 2;
  std::vector<float> in(onset, 0.0F);
  const std::vector<float> tone = test_tone(GetParam(), 0.5F);
  in.insert(in.end(), tone.begin(), tone.end());
  const std::vector<float> out = test.run(in, 128);
  EXPECT_EQ(peak(std::span(out).first(onset)), 0.0F);
  EXPECT_GT(peak(std::span(out).subspan(onset)), 0.001F);
  EXPECT_LE(test.engine.latency_samples(), GetParam() * 44 / 1000);
}

INSTANTIATE_TEST_SUITE_P(Rates, EngineAtRate, testing::Values(16000, 44100, 48000, 96000));

TEST(Engine, RefusesRatesNoDeviceHas) {
  EXPECT_FALSE(TestEngine(4000).prepared());
  EXPECT_FALSE(TestEngine(400000).prepared());
}

TEST(Engine, IsSilentWithoutAModel) {
  TestEngine test;
  EXPECT_EQ(peak(test.run(test_tone(48000, 0.3F), 128)), 0.0F);
  EXPECT_FALSE(test.engine.loaded(0));
}

TEST(Engine, FallsSilentWhenTheInputDoes) {
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.synth = "fm_noise"}));
  test.run(test_tone(48000, 0.5F), 128);
  test.run(std::vector<float>(48000, 0.0F), 128);
  EXPECT_LT(peak(test.run(std::vector<float>(4800, 0.0F), 128)), 1e-4F);
}

TEST(Engine, ResetGivesTheSameSoundAgain) {
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.synth = "fm_noise"}));
  const std::vector<float> tone = test_tone(48000, 0.3F);
  const std::vector<float> first = test.run(tone, 128);
  test.engine.reset();
  EXPECT_EQ(test.run(tone, 128), first);
}

TEST(Engine, RefusedModelLeavesTheSlotAsItWas) {
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {}));
  const std::vector<std::byte> rubbish(100, std::byte{0x41});
  const Status status = test.engine.load(0, rubbish);
  EXPECT_FALSE(status);
  EXPECT_FALSE(status.message().empty());
  EXPECT_FALSE(test.engine.loading());
  EXPECT_TRUE(test.engine.loaded(0));
  EXPECT_FALSE(test.engine.load(2, rubbish));
  EXPECT_GT(peak(test.run(test_tone(48000, 0.3F), 128)), 0.01F);
}

TEST(Engine, LoadsWhileItPlaysAndGoesOnAsIfItHadBeenThereAllAlong) {
  const std::vector<float> tone = test_tone(48000, 1.5F);
  const RandomModelOptions next{.reverb = false, .seed = 7};
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.reverb = false}));
  auto heard = tone.begin() + 24000;
  test.run({tone.begin(), heard}, 128);
  const std::vector<std::byte> file = test::random_model(next);
  ASSERT_TRUE(test.engine.load(0, file));
  EXPECT_TRUE(test.engine.loading());
  for (; test.engine.loading(); heard += 128) {
    ASSERT_LT(heard, tone.end() - 24000);
    test.run({heard, heard + 128}, 128);
  }
  TestEngine fresh;
  ASSERT_TRUE(fresh.load_now(0, next));
  fresh.run({tone.begin(), heard}, 128);

  // The oscillators' phases differ, the network's memory, longer than the crossfade, must not.
  const FrameTrace& want = fresh.engine.trace(fresh.engine.frame_count() - 1);
  const FrameTrace& got = test.engine.trace(test.engine.frame_count() - 1);
  for (std::size_t i = 0; i < want.level.size(); ++i) EXPECT_EQ(got.level[i], want.level[i]);
  EXPECT_GT(peak(test.run({heard, tone.end()}, 128)), 0.01F);
}

// A GRU depends on all it ever heard; the last half second is all that is kept.
TEST(Engine, AGruThatIsLoadedWhileItPlaysHearsTheLastHalfSecond) {
  const std::vector<float> tone = test_tone(48000, 2.0F);
  const RandomModelOptions next{.synth = "harmonic_noise", .reverb = false, .seed = 7};
  const auto file = test::random_model(next);
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.synth = "harmonic_noise", .reverb = false}));
  TestEngine fresh;
  ASSERT_TRUE(fresh.load_now(0, next));
  TestEngine deaf;  // has heard nothing when the other takes over
  constexpr std::size_t kHop = 192;
  std::size_t hop = 0;
  const auto play = [&](TestEngine& engine) {
    const auto start = tone.begin() + static_cast<std::ptrdiff_t>(hop * kHop);
    engine.run({start, start + kHop}, kHop);
    return engine.engine.trace(engine.engine.frame_count() - 1).noise_level;
  };
  for (; hop < 200; ++hop) {
    play(test);
    play(fresh);
  }
  ASSERT_TRUE(test.engine.load(0, file));
  float before = play(test);
  play(fresh);
  for (++hop; hop < 400; ++hop) {
    const float now = play(test);
    const float wanted = play(fresh);
    if (std::abs(now - before) > 0.01F * before) {  // the other model is heard
      ASSERT_TRUE(deaf.load_now(0, next));
      EXPECT_NEAR(now, wanted, 1e-4F * wanted);
      EXPECT_GT(std::abs(play(deaf) - wanted), 1e-3F * wanted);
      return;
    }
    before = now;
  }
  FAIL() << "the model was not heard";
}

// A network that slept while its slot was not heard has its whole past when it is; until then the
// other one goes on.
TEST(Engine, ASlotThatWasNotHeardKnowsItsPast) {
  for (const char* synth : {"fm", "harmonic_noise"}) {
    const RandomModelOptions a{.synth = synth, .reverb = false};
    const RandomModelOptions b{.synth = synth, .reverb = false, .seed = 5};
    const std::vector<float> tone = test_tone(48000, 1.0F);
    TestEngine test;
    ASSERT_TRUE(test.load_now(0, a));
    ASSERT_TRUE(test.load_now(1, b));
    std::array<TestEngine, 2> alone;
    ASSERT_TRUE(alone[0].load_now(0, a));
    ASSERT_TRUE(alone[1].load_now(0, b));
    const auto level_is_of = [&](int slot) {
      const auto levels = [](TestEngine& from) {
        const FrameTrace& trace = from.engine.trace(from.engine.frame_count() - 1);
        return std::pair(trace.model_level, trace.noise_level);
      };
      return levels(test) == levels(alone[static_cast<std::size_t>(slot)]);
    };
    constexpr std::size_t kHop = 192;
    int hops_late = 0;
    for (std::size_t start = 0; start + kHop <= tone.size(); start += kHop) {
      const std::vector<float> hop(tone.begin() + static_cast<std::ptrdiff_t>(start),
                                   tone.begin() + static_cast<std::ptrdiff_t>(start + kHop));
      const std::size_t played = start / kHop;
      if (played == 100) test.engine.set(Param::kSlot, 1);
      if (played == 200) test.engine.set(Param::kSlot, 0);
      for (TestEngine* engine : {&test, &alone[0], &alone[1]}) engine->run(hop, kHop);
      const bool changed = played >= 100 && played < 200;
      if (level_is_of(changed ? 1 : 0)) continue;
      EXPECT_TRUE(level_is_of(changed ? 0 : 1)) << synth << ", hop " << played;
      ++hops_late;
    }
    EXPECT_LE(hops_late, 2 * 18) << synth;
  }
}

TEST(Engine, SwitchingSlotsDoesNotClick) {
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.reverb = false, .weight_scale = 0.1F}));
  ASSERT_TRUE(test.load_now(1, {.reverb = false, .seed = 5, .weight_scale = 0.1F}));
  const std::vector<float> tone = test_tone(48000, 2.0F);
  const std::vector<float> a = test.run({tone.begin() + 12000, tone.begin() + 36000}, 128);
  test.engine.set(Param::kSlot, 1);
  const std::vector<float> change = test.run({tone.begin() + 36000, tone.begin() + 48000}, 128);
  const std::vector<float> b = test.run({tone.begin() + 48000, tone.begin() + 72000}, 128);
  EXPECT_LE(largest_step(change), 1.5F * std::max(largest_step(a), largest_step(b)));
  EXPECT_GT(peak(b), 0.001F);
}

TEST(Engine, AnEditedPatchSoundsAtOnceWithoutAClickAndTheModelKeepsItsOwn) {
  const std::vector<float> tone = test_tone(48000, 0.5F);
  TestEngine plain;
  TestEngine edited;
  for (TestEngine* test : {&plain, &edited}) ASSERT_TRUE(test->load_now(0, {.reverb = false}));
  const FmPatch model = edited.engine.model_patch(0);
  FmPatch patch = model;
  for (float& ratio : patch.ratio) ratio *= 2;
  patch.i_max = 100 * model.i_max;

  const std::size_t half = tone.size() / 2;
  const std::vector<float> before(tone.begin(), tone.begin() + static_cast<std::ptrdiff_t>(half));
  const std::vector<float> after(tone.begin() + static_cast<std::ptrdiff_t>(half), tone.end());
  EXPECT_EQ(edited.run(before, 128), plain.run(before, 128));
  edited.engine.set_patch(0, patch);
  const std::vector<float> changed = edited.run(after, 128);
  const std::vector<float> unchanged = plain.run(after, 128);
  EXPECT_NE(changed, unchanged);
  EXPECT_LT(peak(changed), 2 * peak(unchanged)) << "the scale of the levels is the network's";
  EXPECT_LT(largest_step(std::span(changed).first(480)), 3 * largest_step(unchanged));
  EXPECT_EQ(edited.engine.patch(0).ratio[0], 2 * model.ratio[0]);
  EXPECT_EQ(edited.engine.patch(0).i_max, model.i_max);
  EXPECT_EQ(edited.engine.model_patch(0).ratio, model.ratio);
}

TEST(Engine, ParametersAreClampedAndKept) {
  TestEngine test;
  test.engine.set(Param::kTranspose, 1000);
  EXPECT_EQ(test.engine.get(Param::kTranspose), 36);
  test.engine.set(Param::kTranspose, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(test.engine.get(Param::kTranspose), 36);
}

TEST(Engine, TransposesWhatTheSynthPlaysNotWhatIsShownAsPlayed) {
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {}));
  test.engine.set(Param::kTranspose, 12);
  test.run(test_tone(48000, 0.3F), 128);
  const FrameTrace& trace = test.engine.trace(test.engine.frame_count() - 1);
  EXPECT_NEAR(trace.features.f0_hz / trace.played.f0_hz, 2.0, 1e-5);
}

TEST(Engine, AbusedInputNeverLeavesAsNotANumberOrPastFullScale) {
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.synth = "fm_noise"}));
  for (const float value : {std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity(), 1e30F, 1e-40F, 1.0F}) {
    for (const float sample : test.run(std::vector<float>(9600, value), 128)) {
      ASSERT_TRUE(std::isfinite(sample));
      ASSERT_LE(std::abs(sample), 0.967F);  // −0.3 dBFS
    }
  }
  test.run(std::vector<float>(48000, 0.0F), 128);
  EXPECT_GT(peak(test.run(test_tone(48000, 0.5F), 128)), 0.01F) << "plays again afterwards";
}

}  // namespace
}  // namespace sideband
