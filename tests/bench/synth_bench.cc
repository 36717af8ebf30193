// How fast the synth's parts are at 48 kHz. Each iteration is one hop of 4 ms; "core_percent" is
// the share of one core that playing live takes, "x_realtime" its inverse.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <vector>

#include "core/synth/fm/fm_voice.h"
#include "core/synth/harmonic_noise/harmonic_bank.h"
#include "core/synth/noise/noise_voice.h"
#include "core/synth/output_stage.h"
#include "core/synth/reverb.h"
#include "core/synth/synth.h"
#include "core/util/rng.h"

namespace {

using namespace sideband;

constexpr int kRateHz = 48000;
constexpr std::size_t kHop = 192;

FmPatch strings() {
  FmPatch patch;
  patch.ratio = {1, 1, 1, 1, 3, 14};
  patch.modulation[4][5] = patch.modulation[3][4] = patch.modulation[2][3] = 1;
  patch.modulation[0][1] = 1;
  patch.carrier = {1, 0, 1, 0, 0, 0};
  patch.i_max = 2;
  return patch;
}

// All six sound, and op 1 has four modulators behind it.
FmPatch flute() {
  FmPatch patch;
  patch.ratio = {1, 1, 1, 2, 2, 1.5F};
  patch.modulation[4][5] = patch.modulation[0][4] = patch.modulation[2][3] = 1;
  patch.modulation[0][2] = patch.modulation[0][1] = 1;
  patch.carrier[0] = 1;
  patch.i_max = 2;
  return patch;
}

Controls frame_at(int k) {
  Controls frame;
  frame.f0_hz = 300 + 10 * std::sin(0.1 * k);
  frame.level = {1, 0.5F, 1, 0.5F, 0.7F, 0.2F};
  frame.level[1] += 0.3F * std::sin(0.2F * static_cast<float>(k));
  frame.amplitude = 0.5F;
  frame.harmonic.fill(0.01F);
  frame.noise_band.fill(0.1F);
  return frame;
}

std::vector<float> room() {
  std::vector<float> impulse(16000);
  Rng rng(1);
  for (float& tap : impulse) tap = 0.01F * rng.uniform();
  impulse[0] = 1;
  return impulse;
}

void report(benchmark::State& state) {
  const auto hops = static_cast<double>(state.iterations());
  state.counters["core_percent"] = benchmark::Counter(
      hops / 250 / 100, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["x_realtime"] = benchmark::Counter(hops / 250, benchmark::Counter::kIsRate);
}

void bench_fm(benchmark::State& state, const FmPatch& patch) {
  FmVoice voice;
  voice.prepare(kRateHz);
  std::vector<float> out(kHop);
  int k = 0;
  while (state.KeepRunning()) {
    voice.render(frame_at(k++), patch, out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state);
}

void bench_fm_self_feedback(benchmark::State& state) {
  FmPatch patch = strings();
  patch.modulation[5][5] = 0.5F;
  bench_fm(state, patch);
}

void bench_fm_cross_feedback(benchmark::State& state) {
  FmPatch patch = strings();
  patch.modulation[5][4] = 0.5F;
  bench_fm(state, patch);
}

void bench_noise(benchmark::State& state) {
  std::vector<std::byte> memory(1U << 20U);
  Arena arena{memory};
  NoiseVoice voice;
  if (!voice.prepare(kRateHz, 1, arena)) return state.SkipWithError("prepare failed");
  while (voice.load_step()) {
  }
  std::vector<float> out(kHop);
  const Controls frame = frame_at(0);
  while (state.KeepRunning()) {
    voice.render(frame, 1, out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state);
}

void bench_reverb(benchmark::State& state) {
  std::vector<std::byte> memory(8U << 20U);
  Arena arena{memory};
  Reverb reverb;
  const std::vector<float> impulse = room();
  if (!reverb.prepare(impulse, kRateHz, arena)) return state.SkipWithError("prepare failed");
  while (reverb.load_step()) {
  }
  std::vector<float> out(kHop);
  Rng rng(1);
  while (state.KeepRunning()) {
    for (float& sample : out) sample = rng.uniform();
    reverb.process(out, 1, 1);
    benchmark::DoNotOptimize(out.data());
  }
  report(state);
}

void bench_reverb_load_step(benchmark::State& state) {
  std::vector<std::byte> memory(8U << 20U);
  const std::vector<float> impulse = room();
  Reverb reverb;
  bool more = false;
  while (state.KeepRunning()) {
    if (!more) {
      state.PauseTiming();
      Arena arena{memory};
      if (!reverb.prepare(impulse, kRateHz, arena)) return state.SkipWithError("prepare failed");
      state.ResumeTiming();
    }
    more = reverb.load_step();
  }
}

void bench_harmonics(benchmark::State& state) {
  HarmonicBank bank;
  bank.prepare(kRateHz, kHarmonics);
  std::vector<float> out(kHop);
  Controls frame = frame_at(0);
  frame.f0_hz = 150;  // all hundred below Nyquist
  while (state.KeepRunning()) {
    bank.render(frame, out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state);
}

void bench_output_stage(benchmark::State& state) {
  OutputStage stage;
  stage.prepare(kRateHz);
  std::vector<float> out(kHop, 0.1F);
  while (state.KeepRunning()) {
    stage.process(out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state);
}

void bench_synth(benchmark::State& state, SynthType type) {
  std::vector<std::byte> memory(8U << 20U);
  Arena arena{memory};
  const std::vector<float> impulse = room();
  SynthConfig config;
  config.type = type;
  config.patch = strings();
  config.harmonics = kHarmonics;
  config.noise_bands = kNoiseBands;
  config.reverb_impulse = impulse;
  SynthSettings settings;
  settings.patch = config.patch;
  const auto synth = std::make_unique<Synth>();
  if (!synth->prepare(config, arena)) return state.SkipWithError("prepare failed");
  while (synth->load_step()) {
  }
  synth->reset();
  std::vector<float> out(kHop);
  int k = 0;
  while (state.KeepRunning()) {
    synth->render(frame_at(k++), settings, out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state);
}

}  // namespace

BENCHMARK_CAPTURE(bench_fm, strings, strings());
BENCHMARK_CAPTURE(bench_fm, flute, flute());
BENCHMARK(bench_fm_self_feedback);
BENCHMARK(bench_fm_cross_feedback);
BENCHMARK(bench_noise);
BENCHMARK(bench_reverb);
BENCHMARK(bench_reverb_load_step);
BENCHMARK(bench_harmonics);
BENCHMARK(bench_output_stage);
BENCHMARK_CAPTURE(bench_synth, fm, SynthType::kFm);
BENCHMARK_CAPTURE(bench_synth, fm_noise, SynthType::kFmNoise);
BENCHMARK_CAPTURE(bench_synth, harmonic_noise, SynthType::kHarmonicNoise);
BENCHMARK_MAIN();
