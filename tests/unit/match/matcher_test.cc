// Smoke tests of sound matching: shape, sine, sidebands, gradients, safety, and fitting a sine.
#include "core/match/matcher.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/dx7/curves.h"
#include "core/dx7/note.h"
#include "core/match/voice_codec.h"
#include "core/synth/fm/algorithms.h"

namespace sideband::match {
namespace {

struct Memory {
  Memory() : block(Matcher::kMemoryBytes), arena(block) {}
  std::vector<std::byte> block;
  Arena arena;
};

// Level in dB of one frequency in a sound, by projection.
double level_db(const std::vector<float>& x, double hz) {
  double re = 0;
  double im = 0;
  double weight = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double hann = 0.5 - 0.5 * std::cos(6.283185307179586 * static_cast<double>(n) /
                                             static_cast<double>(x.size()));
    const double angle = 6.283185307179586 * hz * static_cast<double>(n) / 16000;
    re += hann * x[n] * std::cos(angle);
    im += hann * x[n] * std::sin(angle);
    weight += hann;
  }
  return 20 * std::log10(2 * std::sqrt(re * re + im * im) / weight + 1e-12);
}

std::vector<float> rendered(const Coefficients& p, int samples) {
  Memory memory;
  FmModel<float> model;
  EXPECT_TRUE(
      model.prepare({.max_samples = samples, .max_frames = samples / 64 + 2}, memory.arena));
  const Excerpt whole{0, samples};
  model.set_excerpts({&whole, 1}, 1e9);
  EXPECT_EQ(model.samples(), static_cast<std::size_t>(samples));
  std::vector<float> out(static_cast<std::size_t>(samples));
  model.forward(p, out);
  return out;
}

Coefficients steady(float modulator_level) {
  dx7::Voice voice;
  voice.algorithm = 4;
  Coefficients p = to_parameters<float>(voice, 69, 100);
  p.log2_ratio[1] = 1;
  for (auto& rate : p.rate) rate.fill(11);
  p.envelope[1] = {0, 0, 0, 0};
  p.level[1] = modulator_level;
  p.envelope[0] = {-1, -1, -1, -1};
  return p;
}

TEST(Matcher, OneCarrierIsAPureSineAndModulationMakesSidebands) {
  const auto pure = rendered(steady(-20), 16000);
  EXPECT_GT(level_db(pure, 440), -20);
  for (const double hz : {880.0, 1320.0, 2200.0}) EXPECT_LT(level_db(pure, hz), -100) << hz;
  const auto bright = rendered(steady(-3), 16000);
  EXPECT_GT(level_db(bright, 1320), -40);  // 440 + 2 · 440
  EXPECT_GT(level_db(bright, 2200), -60);
}

std::vector<float> sine(double hz, double seconds) {
  std::vector<float> x(static_cast<std::size_t>(seconds * 16000));
  for (std::size_t n = 0; n < x.size(); ++n) {
    x[n] =
        static_cast<float>(0.4 * std::sin(6.283185307179586 * hz * static_cast<double>(n) / 16000));
  }
  return x;
}

Matcher::Result matched(const std::vector<float>& target, const MatchConfig& config, int steps) {
  Memory memory;
  const auto matcher = std::make_unique<Matcher>();
  const Status status = matcher->prepare(target, config, memory.arena);
  EXPECT_TRUE(status) << status.message();
  for (int i = 0; i < steps; ++i) matcher->step(0.9 * i / steps);
  for (int i = 0; i < 8 * steps; ++i) matcher->step(0.95);  // four are a turn of refining
  return matcher->result();
}

TEST(Matcher, FitsASineWithOneOperatorNear440HzAndTheRestBelowMinus40Db) {
  const auto target = sine(440, 0.6);
  const Matcher::Result result = matched(target, {}, 60);  // well under a second
  dx7::Note note;
  note.prepare(16000);
  note.start(result.voice, result.midi_note, 100);
  std::vector<float> out(target.size());
  note.render(out);
  const std::vector<float> middle(out.begin() + 1600, out.begin() + 8000);
  EXPECT_NEAR(level_db(middle, 440), 20 * std::log10(0.4), 1.5);
  int at_440 = 0;
  double hz = 440;  // of the operator that is there
  const double key_hz = 440 * std::exp2((result.midi_note - 69) / 12.0);
  const Algorithm& algorithm = kDx7Algorithms[result.voice.algorithm];
  for (const char carrier : algorithm.carriers) {
    const auto& op = result.voice.op[static_cast<std::size_t>(carrier - '1')];
    const double op_hz = dx7::frequency_ratio(op) * key_hz;
    if (op.output_level == 0 || std::abs(op_hz - 440) >= 1) continue;
    ++at_440;
    hz = op_hz;
  }
  EXPECT_GE(at_440, 1);
  // Whatever sounds besides that operator lies 40 dB below it; its own level may drift, so it is
  // taken anew in every twentieth of a second.
  constexpr std::size_t kPiece = 800;
  double power = 0;
  double rest = 0;
  for (std::size_t from = 0; from + kPiece <= middle.size(); from += kPiece) {
    const auto phase = [hz](std::size_t n) {
      return 6.283185307179586 * hz * static_cast<double>(n) / 16000;
    };
    double c = 0;
    double s = 0;
    for (std::size_t n = from; n < from + kPiece; ++n) {
      c += 2 * middle[n] * std::cos(phase(n)) / kPiece;
      s += 2 * middle[n] * std::sin(phase(n)) / kPiece;
    }
    for (std::size_t n = from; n < from + kPiece; ++n) {
      const double left = middle[n] - c * std::cos(phase(n)) - s * std::sin(phase(n));
      rest += left * left;
      power += (c * c + s * s) / 2;
    }
  }
  EXPECT_LT(10 * std::log10(rest / power), -40);
}

TEST(Matcher, EveryLawLowersTheLossOfASimpleSound) {
  dx7::Voice voice;
  voice.algorithm = 4;
  voice.op[0].envelope = {{90, 40, 30, 60}, {99, 80, 40, 0}};
  voice.op[1] = voice.op[0];
  voice.op[1].output_level = 70;
  dx7::Note note;
  note.prepare(16000);
  note.start(voice, 57, 100);
  std::vector<float> target(6400);
  note.render(target);
  for (const UpdateLaw law :
       {UpdateLaw::kGradient, UpdateLaw::kPolicy, UpdateLaw::kAeAr, UpdateLaw::kHybrid}) {
    const double early = matched(target, {.f0_hz = 220, .hold_s = 0.39, .law = law}, 2).mel_db;
    const double late = matched(target, {.f0_hz = 220, .hold_s = 0.39, .law = law}, 32).mel_db;
    EXPECT_LT(late, 0.8 * early) << static_cast<int>(law);
    EXPECT_TRUE(std::isfinite(late));
  }
}

TEST(Matcher, RatiosAVoiceCannotHoldBecomeTheNearestItCan) {
  EXPECT_NEAR(legal_ratio(0.25, 220), 0.5, 0.005);
  EXPECT_NEAR(legal_ratio(3, 220), 3, 1e-6);
  EXPECT_NEAR(legal_ratio(2.74, 233.08), 2.74, 0.001);
  // At a pitch between the keys the ratio counts from there, and detune reaches within a cent.
  EXPECT_NEAR(1200 * std::log2(legal_ratio(1, 226) / 1), 0, 1);
}

TEST(Matcher, TheSameSeedAndStepsGiveTheSamePatch) {
  const auto target = sine(330, 0.4);
  const auto bytes = [&](std::uint32_t seed) {
    return dx7::to_bytes(matched(target, {.seed = seed}, 24).voice);
  };
  EXPECT_EQ(bytes(3), bytes(3));
  EXPECT_NE(bytes(3), bytes(4));
}

TEST(Matcher, WhatCannotBeMatchedIsSaid) {
  Memory memory;
  const auto matcher = std::make_unique<Matcher>();
  const auto fault = [&](std::vector<float> target) {
    memory.arena.clear();
    return std::string(matcher->prepare(target, {}, memory.arena).message());
  };
  EXPECT_NE(fault(std::vector<float>(100, 0.5F)).find("50 ms"), std::string::npos);
  EXPECT_NE(fault(std::vector<float>(16000)).find("silent"), std::string::npos);
  auto bad = sine(440, 1);
  bad[77] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(fault(bad).find("not numbers"), std::string::npos);
}

TEST(Matcher, TheSafetyLawBoundsWhateverItIsGiven) {
  Coefficients before = steady(-3);
  Coefficients after = before;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::array<float, 4> wild{nan, 1e30F, -1e30F, 50};
  for (std::size_t i = 0; i < Coefficients::kCount; ++i) after.flat()[i] = wild[i % 4];
  AudioParts::keep_safe(before, after);
  for (const float x : after.flat()) ASSERT_TRUE(std::isfinite(x));
  for (std::size_t op = 0; op < kOperators; ++op) {
    for (const float level : after.envelope[op]) {
      EXPECT_LE(level + after.level[op], 1e-4F);
      EXPECT_LE(std::abs(level - before.envelope[op][0]), 20);
    }
    EXPECT_LE(after.gain[op][op], 0.5F);
  }
  for (const float x : rendered(after, 4000)) ASSERT_TRUE(std::isfinite(x));
}

}  // namespace
}  // namespace sideband::match
