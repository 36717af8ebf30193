// Plain gradient steps a second on a whole sound of two seconds, as tools/train/match_demo.py takes
// them: Adam from a random start, six operators with all edges forward, ADSR, gradients of every
// parameter, ratios and pitch among them.
//
// usage: match_steps [SECONDS]     of processor time for each loss: the demo's, and log-mel alone
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "core/match/fm_model.h"
#include "core/match/match_loss.h"
#include "core/match/update_laws.h"
#include "core/util/rng.h"

namespace {

using namespace sideband;         // NOLINT: this file is about nothing else
using namespace sideband::match;  // NOLINT

constexpr int kSamples = 32000;
constexpr double kHoldS = 1.5;

Coefficients random_start() {
  Rng random;
  random.reseed(1);
  const auto between = [&](float low, float high) {
    return low + (high - low) * (0.5F + 0.5F * random.uniform());
  };
  Coefficients p;
  p.log2_f0 = std::log2(220.0F);
  for (std::size_t op = 0; op < kOperators; ++op) {
    p.log2_ratio[op] = std::log2(between(0.5F, 4));
    p.level[op] = between(-4, -2);
    p.carrier[op] = between(0.02F, 0.06F);
    p.envelope[op] = {std::log2(between(0.004F, 0.02F)), std::log2(between(0.02F, 0.1F)),
                      between(0.3F, 0.8F), std::log2(between(0.02F, 0.1F))};
    for (std::size_t from = op + 1; from < kOperators; ++from) {
      p.gain[op][from] = between(0.2F, 1);
    }
  }
  return p;
}

struct Run {
  double steps_per_s = 0;
  double first_loss = 0;
  double least_loss = 1e30;
};

Run descend(const LossWeights& weights, double seconds) {
  constexpr float kRate = 1e-2F;
  std::vector<std::byte> block(std::size_t{64} << 20U);
  Arena arena(block);
  FmModel<float> model;
  FloatLoss loss;
  const ModelConfig config{.max_samples = kSamples,
                           .max_frames = kSamples / kHopSamples + 2,
                           .envelope = EnvelopeKind::kAdsr};
  LossConfig sizes;
  sizes.sizes = {2048, 1024, 512, 256, 128, 64};
  sizes.max_samples = kSamples;
  if (!model.prepare(config, arena) || !loss.prepare(sizes, arena)) return {};
  const Excerpt whole{0, kSamples};
  model.set_excerpts({&whole, 1}, kHoldS);
  std::vector<float> sound(kSamples);
  for (std::size_t n = 0; n < sound.size(); ++n) {
    sound[n] = 0.3F * std::sin(0.2F * static_cast<float>(n));
  }
  loss.set_target(sound);
  std::vector<float> d_sound(kSamples);
  Coefficients p = random_start();
  LawState adam;
  Run run;
  long steps = 0;
  const std::clock_t start = std::clock();
  double spent_s = 0;
  for (; spent_s < seconds; ++steps) {
    model.forward(p, sound);
    const double now = loss.evaluate(sound, weights, d_sound).total;
    if (steps == 0) run.first_loss = now;
    run.least_loss = std::fmin(run.least_loss, now);
    Coefficients d;
    model.backward(p, d_sound, true, d);
    Vector gradient{};
    Vector direction{};
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = d.flat()[i];
    adam.adam(gradient, direction);
    for (std::size_t i = 0; i < direction.size(); ++i) p.flat()[i] += kRate * direction[i];
    // What is no edge stays none.
    for (std::size_t to = 0; to < kOperators; ++to) {
      for (std::size_t from = 0; from <= to; ++from) p.gain[to][from] = 0;
    }
    spent_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  run.steps_per_s = static_cast<double>(steps) / spent_s;
  return run;
}

}  // namespace

int main(int count, char** words) {
  const double seconds = count > 1 ? std::strtod(words[1], nullptr) : 5;
  const LossWeights demo{.linear = 1,
                         .logarithm = 0.3,
                         .log_epsilon = 1e-4,
                         .mel = 0.1,
                         .mel_floor = 1e-6,
                         .envelope = 0.05};
  for (const bool mel_alone : {false, true}) {
    const Run run = descend(mel_alone ? LossWeights{} : demo, seconds);
    std::printf("%s: %.1f steps a second, loss %.3f to %.3f\n",
                mel_alone ? "log-mel alone" : "all of the demo's loss", run.steps_per_s,
                run.first_loss, run.least_loss);
  }
  return 0;
}
