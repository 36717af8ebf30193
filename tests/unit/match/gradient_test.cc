// The gradient of sound matching against finite differences in double, for every kind of parameter
// and routing; and the model against the DX7 note that plays the same voice.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "core/dx7/note.h"
#include "core/match/fm_model.h"
#include "core/match/spectral_loss.h"
#include "core/match/voice_codec.h"
#include "core/util/rng.h"
#include "tests/unit/match/fft_double.h"

namespace sideband::match {
namespace {

struct Memory {
  explicit Memory(std::size_t bytes) : block(bytes), arena(block) {}
  std::vector<std::byte> block;
  Arena arena;
};

dx7::Voice some_voice(int algorithm, std::uint32_t seed) {
  Rng rng(seed);
  const auto within = [&](int low, int high) {
    return static_cast<std::uint8_t>(low + static_cast<int>(rng.next() % (high - low + 1)));
  };
  dx7::Voice voice;
  voice.algorithm = static_cast<std::uint8_t>(algorithm - 1);
  voice.feedback = within(3, 6);
  for (dx7::Operator& op : voice.op) {
    op.output_level = within(65, 90);
    op.coarse = within(0, 4);
    op.fine = within(0, 60);
    op.detune = within(0, 14);
    op.envelope = {{within(60, 80), within(50, 65), within(40, 60), within(50, 70)},
                   {within(90, 99), within(75, 89), within(60, 74), within(0, 20)}};
  }
  voice.pitch_envelope = {{within(30, 60), within(20, 50), within(20, 50), within(20, 50)},
                          {within(51, 60), within(40, 49), within(51, 55), within(45, 49)}};
  return voice;
}

class Objective {
 public:
  Objective(const ModelConfig& config, std::vector<Excerpt> excerpts, LossWeights weights,
            double hold_s = 0.1)
      : memory_(std::size_t{64} << 20U), weights_(weights) {
    EXPECT_TRUE(model_.prepare(config, memory_.arena));
    LossConfig loss;
    loss.sizes = {256, 128, 0, 0, 0, 0};
    loss.max_samples = config.max_samples;
    EXPECT_TRUE(loss_.prepare(loss, memory_.arena));
    model_.set_excerpts(excerpts, hold_s);
    sound_.resize(model_.samples());
    d_sound_.resize(model_.samples());
    spacing_ = excerpts.size() > 1 ? excerpts[0].length : 0;
  }
  void set_target(const Parameters<double>& p) {
    model_.forward(p, sound_);
    loss_.set_target(sound_, spacing_);
  }
  double value(const Parameters<double>& p) {
    model_.forward(p, sound_);
    return loss_.evaluate(sound_, weights_, {}).total;
  }
  Parameters<double> gradient(const Parameters<double>& p) {
    model_.forward(p, sound_);
    loss_.evaluate(sound_, weights_, d_sound_);
    Parameters<double> result;
    model_.backward(p, d_sound_, true, result);
    return result;
  }

 private:
  Memory memory_;
  LossWeights weights_;
  FmModel<double> model_;
  SpectralLoss<double, DoubleTransform> loss_;
  std::vector<double> sound_;
  std::vector<double> d_sound_;
  int spacing_ = 0;
};

constexpr LossWeights kAll{.linear = 1,
                           .logarithm = 0.3,
                           .log_epsilon = 1e-3,
                           .mel = 0.1,
                           .mel_floor = 1e-5,
                           .envelope = 0.05};

// Every derivative within 1e-4 of the central difference, relative to the largest of its kind.
void expect_exact(Objective& objective, Parameters<double> p, const std::string& what) {
  const Parameters<double> exact = objective.gradient(p);
  double largest = 0;
  for (const double d : exact.flat()) largest = std::max(largest, std::abs(d));
  EXPECT_GT(largest, 1e-3) << what;
  for (std::size_t i = 0; i < Parameters<double>::kCount; ++i) {
    double& x = p.flat()[i];
    const double before = x;
    const std::size_t gains = 13;
    // An edge that is not there stays not there.
    if (i >= gains && i < gains + 42 && before == 0) continue;
    // Small, because |S − T| has corners that a larger step would straddle.
    const double step = 1e-8;
    x = before + step;
    const double above = objective.value(p);
    x = before - step;
    const double below = objective.value(p);
    x = before;
    const double numeric = (above - below) / (2 * step);
    EXPECT_NEAR(exact.flat()[i], numeric, 1e-4 * std::abs(numeric) + 1e-5 * largest)
        << what << ", parameter " << i;
  }
}

TEST(MatchGradient, EqualsFiniteDifferencesForEveryKindOfRouting) {
  // Feedback over a stack, many into one, one into many.
  for (const int algorithm : {4, 16, 22}) {
    Objective objective({.max_samples = 1280, .max_frames = 64}, {{0, 1280}}, kAll);
    objective.set_target(to_parameters<double>(some_voice(algorithm, 1), 57, 100));
    expect_exact(objective, to_parameters<double>(some_voice(algorithm, 2), 58, 90),
                 "algorithm " + std::to_string(algorithm));
  }
}

TEST(MatchGradient, EqualsFiniteDifferencesForRoutingOfAnyKind) {
  Objective objective({.max_samples = 1280, .max_frames = 64}, {{0, 1280}}, kAll);
  objective.set_target(to_parameters<double>(some_voice(5, 3), 57, 100));
  Parameters<double> p = to_parameters<double>(some_voice(5, 4), 57, 100);
  Rng rng(5);
  for (auto& row : p.gain) {
    for (double& gain : row) gain = 0.15 * (1 + rng.uniform());
  }
  for (double& carrier : p.carrier) carrier = 0.02 + 0.01 * rng.uniform();
  expect_exact(objective, p, "every edge there is");
}

TEST(MatchGradient, EqualsFiniteDifferencesInExcerptsAndAfterKeyUp) {
  Objective objective({.max_samples = 3072, .max_frames = 64},
                      {{0, 1024}, {1100, 1024}, {2500, 1024}}, kAll);
  objective.set_target(to_parameters<double>(some_voice(7, 6), 57, 100));
  expect_exact(objective, to_parameters<double>(some_voice(7, 7), 57, 100), "excerpts");
}

TEST(MatchGradient, EqualsFiniteDifferencesWithAdsr) {
  Objective objective({.max_samples = 3072, .max_frames = 64, .envelope = EnvelopeKind::kAdsr},
                      {{0, 3072}}, kAll);
  Parameters<double> p = to_parameters<double>(some_voice(5, 8), 57, 100);
  for (std::size_t op = 0; op < kOperators; ++op) {
    p.level[op] = -2.0 - 0.3 * static_cast<double>(op);
    p.envelope[op] = {std::log2(0.008), std::log2(0.05), 0.5, std::log2(0.06)};
  }
  objective.set_target(p);
  for (std::size_t op = 0; op < kOperators; ++op) {
    p.level[op] += 0.2 * static_cast<double>(op) - 0.33;
    p.envelope[op] = {std::log2(0.013), std::log2(0.08), 0.6, std::log2(0.03)};
  }
  expect_exact(objective, p, "ADSR");
}

// The same sounds, losses and gradients from PyTorch (tools/train/match_demo.py golden).
TEST(MatchGradient, EqualsPyTorchs) {
  std::ifstream file(SIDEBAND_SOURCE_DIR "/tests/golden/match/pytorch.txt");
  std::size_t cases = 0;
  int samples = 0;
  double hold_s = 0;
  ASSERT_TRUE(file >> cases >> samples >> hold_s);
  constexpr std::size_t kUsed = 1 + 6 + 6 + 36 + 6 + 24;  // up to the envelope
  for (std::size_t i = 0; i < cases; ++i) {
    std::array<Parameters<double>, 3> given;  // target, parameters, gradient
    for (auto& p : given) {
      for (std::size_t k = 0; k < kUsed; ++k) ASSERT_TRUE(file >> p.flat()[k]);
    }
    double loss = 0;
    ASSERT_TRUE(file >> loss);
    Objective objective({.max_samples = samples, .max_frames = 64, .envelope = EnvelopeKind::kAdsr},
                        {{0, samples}}, kAll, hold_s);
    objective.set_target(given[0]);
    EXPECT_NEAR(objective.value(given[1]), loss, 1e-6 * loss);
    const Parameters<double> gradient = objective.gradient(given[1]);
    double largest = 0;
    for (const double d : given[2].flat()) largest = std::max(largest, std::abs(d));
    for (std::size_t k = 0; k < kUsed; ++k) {
      if (k >= 13 && k < 49 && given[1].flat()[k] == 0) continue;  // edges that are not there
      EXPECT_NEAR(gradient.flat()[k], given[2].flat()[k], 1e-6 * largest) << i << ", " << k;
    }
  }
}

TEST(MatchModel, IsTheSoundOfTheDx7NoteThatPlaysTheVoice) {
  for (const int algorithm : {1, 4, 8, 18, 25, 32}) {
    const dx7::Voice voice = some_voice(algorithm, 20);
    Memory memory(std::size_t{64} << 20U);
    FmModel<double> model;
    constexpr int kSamples = 16000;
    ASSERT_TRUE(model.prepare({.max_samples = kSamples, .max_frames = 250}, memory.arena));
    const Excerpt whole{0, kSamples};
    model.set_excerpts({&whole, 1}, 0.5);
    std::vector<double> actual(kSamples);
    model.forward(to_parameters<double>(voice, 57, 100), actual);
    const auto note = std::make_unique<dx7::Note>();
    note->prepare(16000);
    note->start(voice, 57, 100);
    std::vector<float> expected(kSamples);
    note->render(std::span(expected).first(8000));
    note->key_up();
    note->render(std::span(expected).subspan(8000));
    double error = 0;
    double power = 0;
    for (std::size_t n = 0; n < kSamples; ++n) {
      error += (actual[n] - expected[n]) * (actual[n] - expected[n]);
      power += expected[n] * expected[n];
    }
    // The engine's ratios are floats; nothing else differs.
    EXPECT_LT(10 * std::log10(error / power), -70) << "algorithm " << algorithm;
  }
}

// A voice holds levels and envelopes as one sum: how the search shares it out must not be heard.
TEST(MatchModel, LevelAndEnvelopeAreOneSum) {
  Memory memory(std::size_t{64} << 20U);
  FmModel<double> model;
  constexpr int kSamples = 16000;
  ASSERT_TRUE(model.prepare({.max_samples = kSamples, .max_frames = 250}, memory.arena));
  const Excerpt whole{0, kSamples};
  model.set_excerpts({&whole, 1}, 0.5);
  auto p = to_parameters<double>(some_voice(8, 21), 57, 100);
  std::vector<double> expected(kSamples);
  model.forward(p, expected);
  for (std::size_t op = 0; op < kOperators; ++op) {
    p.level[op] = -0.5 * static_cast<double>(op + 1);
    for (double& level : p.envelope[op]) level -= p.level[op];
  }
  std::vector<double> actual(kSamples);
  model.forward(p, actual);
  for (std::size_t n = 0; n < kSamples; ++n) ASSERT_NEAR(actual[n], expected[n], 1e-9) << n;
}

double error_db(const std::vector<double>& expected, const std::vector<float>& actual) {
  double error = 0;
  double power = 0;
  for (std::size_t n = 0; n < expected.size(); ++n) {
    error += (expected[n] - actual[n]) * (expected[n] - actual[n]);
    power += expected[n] * expected[n];
  }
  return 10 * std::log10(error / power);
}

// Sound and gradient in float are those in double, but for rounding: of a whole note and of
// excerpts, which run side by side there, more of them than a vector has lanes. Algorithm 4 hears
// another operator's past, 16 its own.
TEST(MatchModel, FloatFollowsDouble) {
  std::vector<Excerpt> excerpts;
  for (int i = 0; i < 11; ++i) excerpts.push_back({1400 * i, 512});
  constexpr int kSamples = 16000;
  const ModelConfig config{.max_samples = kSamples, .max_frames = 250};
  for (const auto& heard : {std::vector<Excerpt>{{0, kSamples}}, excerpts}) {
    for (const int algorithm : {4, 16}) {
      Memory memory(std::size_t{64} << 20U);
      FmModel<double> exact;
      FmModel<float> fast;
      ASSERT_TRUE(exact.prepare(config, memory.arena));
      ASSERT_TRUE(fast.prepare(config, memory.arena));
      exact.set_excerpts(heard, 0.5);
      fast.set_excerpts(heard, 0.5);
      const dx7::Voice voice = some_voice(algorithm, 30);
      const auto p = to_parameters<double>(voice, 57, 100);
      const auto q = to_parameters<float>(voice, 57, 100);
      std::vector<double> x(exact.samples());
      std::vector<float> y(fast.samples());
      exact.forward(p, x);
      fast.forward(q, y);
      EXPECT_LT(error_db(x, y), -50) << algorithm << ", " << heard.size();
      Parameters<double> expected;
      Parameters<float> actual;
      exact.backward(p, x, false, expected);
      fast.backward(q, y, false, actual);
      const auto e = expected.flat();
      const auto a = actual.flat();
      EXPECT_LT(error_db({e.begin(), e.end()}, {a.begin(), a.end()}), -40)
          << algorithm << ", " << heard.size();
    }
  }
}

}  // namespace
}  // namespace sideband::match
