// Runs an Analyzer over whole signals, for the tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <span>
#include <vector>

#include "core/analyzer/analyzer.h"

namespace sideband {

struct Analysis {
  std::vector<Features> frames;  // frame k is known after (k + 1) · 4 ms
  int latency_samples = 0;
};

// `block`: how many host samples come at once.
inline Analysis analyze(std::span<const float> audio, const AnalyzerConfig& config,
                        std::size_t block = 128) {
  std::vector<std::byte> memory(1U << 20U);
  Arena arena(memory);
  Analyzer analyzer;
  EXPECT_TRUE(analyzer.prepare(config, arena).ok());
  Analysis result;
  result.latency_samples = analyzer.latency_samples();
  for (std::size_t at = 0; at < audio.size(); at += block) {
    std::span<const float> rest = audio.subspan(at, std::min(block, audio.size() - at));
    while (!rest.empty()) {
      const auto size =
          std::min(rest.size(), static_cast<std::size_t>(analyzer.samples_until_frame()));
      Features frame;
      if (analyzer.process(rest.first(size), frame)) result.frames.push_back(frame);
      rest = rest.subspan(size);
    }
  }
  return result;
}

// Harmonic tone; `pitch` gives Hz at a time in seconds. Harmonics fall by 1 / k.
inline std::vector<float> tone(int rate_hz, double duration_s,
                               const std::function<double(double)>& pitch, double level,
                               int harmonics) {
  std::vector<float> audio(static_cast<std::size_t>(rate_hz * duration_s));
  double phase = 0;
  for (std::size_t n = 0; n < audio.size(); ++n) {
    const double f0 = pitch(static_cast<double>(n) / rate_hz);
    phase += f0 / rate_hz;
    double sum = 0;
    for (int k = 1; k <= harmonics && k * f0 < 0.45 * rate_hz; ++k) {
      sum += std::sin(2 * std::numbers::pi * k * phase) / k;
    }
    audio[n] = static_cast<float>(level * sum);
  }
  return audio;
}

inline std::vector<float> steady_tone(int rate_hz, double duration_s, double f0_hz, double level,
                                      int harmonics) {
  return tone(
      rate_hz, duration_s, [=](double) { return f0_hz; }, level, harmonics);
}

inline double cents(double f, double reference) {
  return 1200 * std::log2(f / reference);
}

}  // namespace sideband
