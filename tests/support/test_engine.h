// An engine with its own memory and, if wanted, a random model in slot A: what most tests start
// from.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/engine.h"
#include "tests/support/random_model.h"

namespace sideband::test {

class TestEngine {
 public:
  explicit TestEngine(int sample_rate_hz = 48000, std::size_t slot_bytes = 8U << 20U) {
    EngineConfig config;
    config.sample_rate_hz = sample_rate_hz;
    config.slot_bytes = slot_bytes;
    memory_.resize(Engine::required_bytes(config));
    Arena arena{std::span(memory_)};
    prepared_ = engine.prepare(config, arena);
  }

  const Status& prepared() const { return prepared_; }

  Status load_now(int slot, const RandomModelOptions& options) {
    files_.push_back(random_model(options));
    Status status = engine.load(slot, files_.back());
    if (status) status = engine.finish_loading();
    return status;
  }

  std::vector<float> run(const std::vector<float>& in, std::size_t block_samples) {
    std::vector<float> out(in.size());
    for (std::size_t start = 0; start < in.size(); start += block_samples) {
      const std::size_t count = std::min(block_samples, in.size() - start);
      engine.process(std::span(in).subspan(start, count), std::span(out).subspan(start, count));
    }
    return out;
  }

  Engine engine;

 private:
  std::vector<std::byte> memory_;
  std::vector<std::vector<std::byte>> files_;
  Status prepared_;
};

// A sung-like tone: harmonics, vibrato, a swell from silence and back.
inline std::vector<float> test_tone(int sample_rate_hz, float seconds, float f0_hz = 330.0F) {
  std::vector<float> samples(
      static_cast<std::size_t>(seconds * static_cast<float>(sample_rate_hz)));
  double phase = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double time = static_cast<double>(i) / sample_rate_hz;
    const double place = time / seconds;
    phase += f0_hz * (1 + 0.01 * std::sin(2 * std::numbers::pi * 5.5 * time)) / sample_rate_hz;
    double value = 0;
    for (int n = 1; n <= 6; ++n) value += std::sin(2 * std::numbers::pi * n * phase) / n;
    samples[i] = static_cast<float>(0.25 * value * std::sin(std::numbers::pi * place));
  }
  return samples;
}

}  // namespace sideband::test
