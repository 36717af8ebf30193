#include "core/match/voice_codec.h"

#include <algorithm>
#include <cmath>

#include "core/dx7/curves.h"
#include "core/match/envelope_model.h"
#include "core/synth/fm/algorithms.h"

namespace sideband::match {
namespace {

using dx7::kStepsPerDoubling;

double key_hz(int midi_note, int transpose) {
  return 440 * std::exp2((midi_note + transpose - 24 - 69) / 12.0);
}

std::uint8_t nearest_rate(double doublings_per_s) {
  int best = 0;
  double distance = 1e9;
  for (int rate = 0; rate <= 99; ++rate) {
    const double has = dx7::decay_steps_per_s(dx7::quantized_rate(rate, 0)) / kStepsPerDoubling;
    const double off = std::abs(std::log2(has / std::max(doublings_per_s, 1e-6)));
    if (off < distance) {
      distance = off;
      best = rate;
    }
  }
  return static_cast<std::uint8_t>(best);
}

std::uint8_t nearest_level(double doublings) {
  int best = 0;
  for (int level = 1; level <= 99; ++level) {
    const auto off = [&](int l) {
      return std::abs(dx7::envelope_level_steps(l) / kStepsPerDoubling - doublings);
    };
    if (off(level) <= off(best)) best = level;
  }
  return static_cast<std::uint8_t>(best);
}

}  // namespace

template <typename Real>
void set_algorithm(int algorithm, Real feedback_gain, Parameters<Real>& parameters) {
  const Algorithm& chosen = kDx7Algorithms[static_cast<std::size_t>(algorithm - 1)];
  FmPatch patch;
  set_routing(patch, chosen, 1);
  const auto index = [](char digit) { return static_cast<std::size_t>(digit - '1'); };
  for (std::size_t to = 0; to < kOperators; ++to) {
    for (std::size_t from = 0; from < kOperators; ++from) {
      parameters.gain[to][from] = static_cast<Real>(patch.modulation[to][from]);
    }
    parameters.carrier[to] =
        patch.carrier[to] > 0 ? static_cast<Real>(1 / (kFullIndexRadians *
                                                       static_cast<double>(chosen.carriers.size())))
                              : Real(0);
  }
  parameters.gain[index(chosen.feedback[1])][index(chosen.feedback[0])] = feedback_gain;
}

template <typename Real>
Parameters<Real> to_parameters(const dx7::Voice& given, int midi_note, int velocity) {
  const dx7::Voice voice = dx7::limited(given);
  Parameters<Real> p;
  set_algorithm(voice.algorithm + 1, static_cast<Real>(dx7::feedback_gain(voice.feedback)), p);
  const double hz = key_hz(midi_note, voice.transpose);
  p.log2_f0 = static_cast<Real>(std::log2(hz));
  for (std::size_t op = 0; op < kOperators; ++op) {
    const dx7::Operator& from = voice.op[op];
    const double ratio =
        from.fixed_frequency != 0 ? dx7::fixed_hz(from) / hz : dx7::frequency_ratio(from);
    p.log2_ratio[op] = static_cast<Real>(std::log2(ratio));
    const double scaled =
        dx7::output_level_steps(from.output_level) + 32.0 * dx7::level_scaling(from, midi_note);
    const double output =
        std::min(scaled, 0.0) + dx7::velocity_steps(from.velocity_sense, velocity);
    for (std::size_t i = 0; i < 4; ++i) {
      const double level = dx7::envelope_level_steps(from.envelope.level[i]) + output;
      p.envelope[op][i] =
          static_cast<Real>(from.output_level == 0 ? kFloorDoublings : level / kStepsPerDoubling);
      const int quantized =
          dx7::quantized_rate(from.envelope.rate[i], dx7::rate_scaling(from, midi_note));
      p.rate[op][i] =
          static_cast<Real>(std::log2(dx7::decay_steps_per_s(quantized) / kStepsPerDoubling));
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    p.pitch[i] = static_cast<Real>(dx7::pitch_level_octaves(voice.pitch_envelope.level[i]));
    p.pitch_rate[i] = static_cast<Real>(
        std::log2(std::max(dx7::pitch_rate_octaves_per_s(voice.pitch_envelope.rate[i]), 1e-3)));
  }
  return p;
}

template <typename Real>
dx7::Voice to_voice(const Parameters<Real>& p, int algorithm, int midi_note,
                    std::string_view name) {
  dx7::Voice voice;
  voice.algorithm = static_cast<std::uint8_t>(algorithm - 1);
  const Algorithm& chosen = kDx7Algorithms[static_cast<std::size_t>(algorithm - 1)];
  const auto to = static_cast<std::size_t>(chosen.feedback[1] - '1');
  const auto from = static_cast<std::size_t>(chosen.feedback[0] - '1');
  voice.feedback = dx7::nearest_feedback(static_cast<double>(p.gain[to][from]));
  // A pitch between the keys goes into the ratios.
  const double off = std::exp2(static_cast<double>(p.log2_f0)) / key_hz(midi_note, voice.transpose);
  for (std::size_t i = 0; i < kOperators; ++i) {
    dx7::Operator& op = voice.op[i];
    dx7::set_ratio(std::exp2(static_cast<double>(p.log2_ratio[i])) * off, op);
    std::array<double, 4> level{};
    double loudest = kFloorDoublings;
    for (std::size_t k = 0; k < 4; ++k) {
      level[k] = std::min(static_cast<double>(p.envelope[i][k] + p.level[i]), 0.0);
      loudest = std::max(loudest, level[k]);
      op.envelope.rate[k] = nearest_rate(std::exp2(static_cast<double>(p.rate[i][k])));
    }
    // The output level carries the loudest of the four with its finer steps.
    op.output_level = dx7::nearest_output_level(std::exp2(loudest));
    if (loudest < -13 || op.output_level == 0) {
      op.output_level = 0;
      op.envelope = {};
      continue;
    }
    for (std::size_t k = 0; k < 4; ++k) op.envelope.level[k] = nearest_level(level[k] - loudest);
  }
  for (std::size_t i = 0; i < dx7::kNameLength; ++i) {
    const char c = i < name.size() ? name[i] : ' ';
    voice.name[i] = c >= ' ' && c <= '~' ? c : ' ';
  }
  return voice;
}

double legal_ratio(double ratio, double f0_hz) {
  const double key = std::round(69 + 12 * std::log2(f0_hz / 440));
  const double off = f0_hz / (440 * std::exp2((key - 69) / 12));
  dx7::Operator op;
  dx7::set_ratio(ratio * off, op);
  return dx7::frequency_ratio(op) / off;
}

template Parameters<float> to_parameters<float>(const dx7::Voice&, int, int);
template Parameters<double> to_parameters<double>(const dx7::Voice&, int, int);
template void set_algorithm<float>(int, float, Parameters<float>&);
template void set_algorithm<double>(int, double, Parameters<double>&);
template dx7::Voice to_voice<float>(const Parameters<float>&, int, int, std::string_view);
template dx7::Voice to_voice<double>(const Parameters<double>&, int, int, std::string_view);

}  // namespace sideband::match
