// The synth as the engine uses it: three kinds, reset, first frames, memory, refusals.
#include "core/synth/synth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "tests/unit/synth/fm_reference.h"

namespace sideband {
namespace {

using test::fm_configurations;
using test::moving_frame;
using test::patch_of;

struct TestSynth {
  explicit TestSynth(const SynthConfig& config) : memory(4U << 20U), arena(memory) {
    prepared = synth->prepare(config, arena);
    while (prepared && synth->load_step()) {
    }
    synth->reset();
  }
  std::vector<float> run(int hops, const SynthSettings& settings, std::size_t hop = 192) {
    std::vector<float> out(hop * static_cast<std::size_t>(hops));
    for (int k = 0; k < hops; ++k) {
      Controls frame = moving_frame(k, 2);
      frame.amplitude = 0.5F;
      for (std::size_t h = 0; h < kHarmonics; ++h) frame.harmonic[h] = 0.01F;
      frame.noise_band.fill(0.1F);
      synth->render(frame, settings,
                    std::span(out).subspan(hop * static_cast<std::size_t>(k), hop));
    }
    return out;
  }
  std::vector<std::byte> memory;
  Arena arena;
  std::unique_ptr<Synth> synth = std::make_unique<Synth>();
  Status prepared;
};

SynthConfig config_of(SynthType type, std::span<const float> impulse = {}) {
  SynthConfig config;
  config.type = type;
  config.patch = patch_of(fm_configurations()[0], 2);
  config.harmonics = kHarmonics;
  config.noise_bands = kNoiseBands;
  config.reverb_impulse = impulse;
  return config;
}

SynthSettings settings_of(const SynthConfig& config) {
  SynthSettings settings;
  settings.patch = config.patch;
  return settings;
}

TEST(Synth, EveryKindSoundsAndResetRepeatsItToTheBit) {
  std::vector<float> impulse(4000, 0.001F);
  impulse[0] = 1;
  for (const SynthType type : {SynthType::kFm, SynthType::kFmNoise, SynthType::kHarmonicNoise}) {
    const SynthConfig config = config_of(type, impulse);
    TestSynth test(config);
    ASSERT_TRUE(test.prepared) << test.prepared.message();
    ASSERT_FALSE(test.arena.exhausted());
    const std::vector<float> first = test.run(100, settings_of(config));
    double energy = 0;
    for (const float sample : first) {
      ASSERT_TRUE(std::isfinite(sample));
      energy += static_cast<double>(sample) * static_cast<double>(sample);
    }
    EXPECT_GT(energy, 10);
    test.synth->reset();
    EXPECT_EQ(first, test.run(100, settings_of(config)));
  }
}

TEST(Synth, StartsAtTheFirstFrameWithoutARamp) {
  const SynthConfig config = config_of(SynthType::kFm);
  TestSynth test(config);
  Controls frame;
  frame.f0_hz = 100;
  frame.level[0] = 2;
  std::vector<float> out(192);
  test.synth->render(frame, settings_of(config), out);
  EXPECT_NEAR(out[0], std::sin(2 * 3.14159265 * 100 / 48000), 1e-6);
}

TEST(Synth, NoiseGainScalesTheNoiseAlone) {
  const SynthConfig config = config_of(SynthType::kFmNoise);
  SynthConfig plain = config;
  plain.type = SynthType::kFm;
  SynthSettings silent = settings_of(config);
  silent.noise_gain = 0;
  TestSynth with_noise(config);
  TestSynth without(plain);
  EXPECT_EQ(with_noise.run(20, silent), without.run(20, silent));
  with_noise.synth->reset();
  EXPECT_NE(with_noise.run(20, settings_of(config)), without.run(20, silent));
}

TEST(Synth, RefusesWhatItCannotPlay) {
  SynthConfig config = config_of(SynthType::kFmNoise);
  config.noise_bands = 64;
  EXPECT_FALSE(TestSynth(config).prepared.ok());
  config = config_of(SynthType::kHarmonicNoise);
  config.harmonics = 101;
  EXPECT_FALSE(TestSynth(config).prepared.ok());
  config = config_of(SynthType::kFm);
  config.output_rate_hz = 4000;
  EXPECT_FALSE(TestSynth(config).prepared.ok());
  std::vector<float> impulse(16000, 0.1F);
  std::vector<std::byte> little(20000);
  Arena arena{little};
  Synth synth;
  EXPECT_FALSE(synth.prepare(config_of(SynthType::kFm, impulse), arena).ok());
}

TEST(Synth, NonsenseInTheSettingsDoesNotStick) {
  std::vector<float> impulse(4000, 0.001F);
  impulse[0] = 1;
  const SynthConfig config = config_of(SynthType::kFmNoise, impulse);
  TestSynth test(config);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  SynthSettings bad = settings_of(config);
  bad.noise_gain = nan;
  bad.reverb_wet = nan;
  bad.reverb_decay = nan;
  bad.patch.i_max = nan;
  for (const float sample : test.run(10, bad)) ASSERT_TRUE(std::isfinite(sample));
  for (const float sample : test.run(10, settings_of(config))) ASSERT_TRUE(std::isfinite(sample));
}

}  // namespace
}  // namespace sideband
