// Float64 reference of the FM synth, sample by sample with std::sin: what FmVoice must equal.
//
// Equations as in core/synth/fm/fm_voice.h. Phases are summed as long double turns and wrapped, so
// that the reference itself does not drift.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/inference/controls.h"
#include "core/synth/patch.h"

namespace sideband::test {

struct FmConfiguration {
  std::string name;
  std::array<double, kOperators> ratio;
  std::vector<std::pair<int, int>> edges;  // a > b: operator a modulates operator b, from 1
  std::vector<int> carriers;
};

// Of a note held for an hour. The sanitizers take thirty times as long: there minutes have to do.
#ifdef __SANITIZE_ADDRESS__
inline constexpr int kHourMinutes = 5;
#else
inline constexpr int kHourMinutes = 60;
#endif

// The eight configurations of the DDX7 and Distilling papers.
inline const std::vector<FmConfiguration>& fm_configurations() {
  static const std::vector<FmConfiguration> configurations{
      {"strings", {1, 1, 1, 1, 3, 14}, {{6, 5}, {5, 4}, {4, 3}, {2, 1}}, {1, 3}},
      {"flute", {1, 1, 1, 2, 2, 1.5}, {{6, 5}, {5, 1}, {4, 3}, {3, 1}, {2, 1}}, {1}},
      {"brass", {1, 1, 1, 1, 3.2, 8.5}, {{6, 5}, {5, 4}, {4, 1}, {3, 1}, {2, 1}}, {1}},
      {"piano", {1, 1, 3, 1, 1.58, 1}, {{3, 2}, {2, 1}, {6, 4}, {6, 5}}, {1, 4, 5}},
      {"4Y", {1, 1, 1, 3.2, 1, 1}, {{4, 3}, {3, 1}, {2, 1}}, {1}},
      {"4x1", {1, 1, 3, 14, 1, 1}, {{4, 3}, {3, 2}, {2, 1}}, {1}},
      {"2x2", {1, 1, 1, 1, 1, 1}, {{4, 3}, {2, 1}}, {1, 3}},
      {"2", {1, 1, 1, 1, 1, 1}, {{2, 1}}, {1}},
  };
  return configurations;
}

inline FmPatch patch_of(const FmConfiguration& configuration, float i_max) {
  FmPatch patch;
  for (std::size_t op = 0; op < kOperators; ++op) {
    patch.ratio[op] = static_cast<float>(configuration.ratio[op]);
  }
  for (const auto& [from, to] : configuration.edges) {
    patch.modulation[static_cast<std::size_t>(to - 1)][static_cast<std::size_t>(from - 1)] = 1;
  }
  for (const int carrier : configuration.carriers) {
    patch.carrier[static_cast<std::size_t>(carrier - 1)] = 1;
  }
  patch.i_max = i_max;
  return patch;
}

// One patch that does not change; `ratio` in full precision.
class FmReference {
 public:
  FmReference(const FmPatch& patch, const std::array<double, kOperators>& ratio, int rate_hz)
      : patch_(patch), ratio_(ratio), rate_hz_(rate_hz) {}

  void render(const Controls& frame, std::span<double> out) {
    if (!primed_) previous_ = frame;
    primed_ = true;
    for (std::size_t n = 0; n < out.size(); ++n) {
      const double r = static_cast<double>(n + 1) / static_cast<double>(out.size());
      const double f0 = previous_.f0_hz + (frame.f0_hz - previous_.f0_hz) * r;
      out[n] = 0;
      std::array<double, kOperators> y{};
      for (std::size_t op = kOperators; op-- > 0;) {
        phase_[op] += static_cast<long double>(ratio_[op]) * f0 / rate_hz_;
        phase_[op] -= std::floor(phase_[op]);
        double radians = 2 * std::numbers::pi * static_cast<double>(phase_[op]);
        for (std::size_t from = 0; from < kOperators; ++from) {
          const double past = (past_[from][0] + past_[from][1]) / 2;
          radians += patch_.modulation[op][from] * (from > op ? y[from] : past);
        }
        const double start = previous_.level[op];
        y[op] = (start + (frame.level[op] - start) * r) * std::sin(radians);
        out[n] += y[op] * patch_.carrier[op] / patch_.i_max;
      }
      for (std::size_t op = 0; op < kOperators; ++op) past_[op] = {y[op], past_[op][0]};
    }
    previous_ = frame;
  }

 private:
  FmPatch patch_;
  std::array<double, kOperators> ratio_;
  int rate_hz_;
  Controls previous_;
  bool primed_ = false;
  std::array<long double, kOperators> phase_{};
  std::array<std::array<double, 2>, kOperators> past_{};
};

// Energy of the difference relative to the reference's, in dB.
template <typename A, typename B>
double error_db(const A& actual, const B& reference) {
  double error = 0;
  double energy = 0;
  for (std::size_t n = 0; n < reference.size(); ++n) {
    const double difference = static_cast<double>(actual[n]) - static_cast<double>(reference[n]);
    error += difference * difference;
    energy += static_cast<double>(reference[n]) * static_cast<double>(reference[n]);
  }
  return 10 * std::log10(error / energy + 1e-300);
}

// A frame of a phrase with vibrato, glides and moving levels; frames differ from each other a lot.
inline Controls moving_frame(int frame, float i_max, unsigned seed = 1) {
  const double time = frame / 250.0 + seed * 10.0;
  Controls controls;
  controls.f0_hz = 440 * std::exp2(std::sin(1.3 * time) + 0.03 * std::sin(35 * time));
  for (std::size_t op = 0; op < kOperators; ++op) {
    const double speed = 2.1 + 3.7 * static_cast<double>(op);
    controls.level[op] = i_max * static_cast<float>(0.5 + 0.5 * std::sin(speed * time + 0.4));
  }
  return controls;
}

}  // namespace sideband::test
