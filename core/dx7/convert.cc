#include "core/dx7/convert.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/dx7/curves.h"
#include "core/synth/fm/algorithms.h"

namespace sideband::dx7 {
namespace {

constexpr double kHeardCents = 0.6;  // half a step of detune: what rounding a ratio may cost unsaid
constexpr double kHeardDb = 0.4;     // half a step of output level

double db(double ratio) {
  return 20 * std::log10(ratio);
}

// Edges as a 36-bit mask (to · 6 + from) and carriers as a 6-bit mask.
struct Shape {
  std::uint64_t edges = 0;
  unsigned carriers = 0;
};

std::uint64_t edge_bit(std::size_t to, std::size_t from) {
  return std::uint64_t{1} << (to * kOperators + from);
}

Shape shape_of(const Algorithm& algorithm) {
  Shape shape;
  const auto index = [](char digit) { return static_cast<std::size_t>(digit - '1'); };
  for (std::size_t i = 0; i + 1 < algorithm.edges.size(); i += 3) {
    shape.edges |= edge_bit(index(algorithm.edges[i + 1]), index(algorithm.edges[i]));
  }
  // A feedback over a stack counts as an edge, one of an operator to itself is looked at apart.
  const std::size_t from = index(algorithm.feedback[0]);
  const std::size_t to = index(algorithm.feedback[1]);
  if (from != to) shape.edges |= edge_bit(to, from);
  for (const char carrier : algorithm.carriers) shape.carriers |= 1U << index(carrier);
  return shape;
}

std::pair<std::size_t, std::size_t> feedback_of(const Algorithm& algorithm) {
  return {static_cast<std::size_t>(algorithm.feedback[0] - '1'),
          static_cast<std::size_t>(algorithm.feedback[1] - '1')};
}

}  // namespace

double set_ratio(double ratio, Operator& op) {
  constexpr double kLowest = 0.498;  // detune included
  constexpr double kHighest = 61.9;
  op.fixed_frequency = 0;
  const double within = std::clamp(ratio, kLowest, kHighest);
  double best = 1e9;
  for (int coarse = 0; coarse <= 31; ++coarse) {
    const double base = coarse == 0 ? 0.5 : coarse;
    const int fine = static_cast<int>(std::lround((within / base - 1) * 100));
    for (int f = std::max(fine - 1, 0); f <= std::min(fine + 1, 99); ++f) {
      const double off_cents = 1200 * std::log2(within / (base * (1 + f / 100.0)));
      const double detune = std::clamp(std::round(off_cents), -7.0, 7.0);
      // A plain coarse ratio is preferred where it is as good: it reads better on the panel.
      const double error = std::abs(off_cents - detune) + 1e-3 * (f != 0) + 1e-4 * std::abs(detune);
      if (error >= best) continue;
      best = error;
      op.coarse = static_cast<std::uint8_t>(coarse);
      op.fine = static_cast<std::uint8_t>(f);
      op.detune = static_cast<std::uint8_t>(7 + detune);
    }
  }
  return 1200 * std::log2(frequency_ratio(op) / ratio);
}

std::uint8_t nearest_output_level(double amplitude) {
  if (amplitude < amplitude_of(output_level_steps(2)) / 2) return 0;  // 0 and 1 are silent
  const double steps = level_of(std::clamp(amplitude, 0.0, 1.0));
  int best = 0;
  for (int level = 1; level <= 99; ++level) {
    if (std::abs(output_level_steps(level) - steps) <= std::abs(output_level_steps(best) - steps)) {
      best = level;
    }
  }
  return static_cast<std::uint8_t>(best);
}

std::uint8_t nearest_feedback(double gain) {
  if (gain < feedback_gain(1) / 2) return 0;
  return static_cast<std::uint8_t>(std::clamp(std::lround(std::log2(gain)) + 8, 1L, 7L));
}

AlgorithmMatch nearest_algorithm(const FmPatch& patch,
                                 const std::array<float, kOperators>& weight) {
  AlgorithmMatch best;
  best.different = 1e9;
  std::array<std::size_t, kOperators> op{};
  std::iota(op.begin(), op.end(), std::size_t{0});
  double feedback_best = -1;
  do {  // op[i]: the DX7 operator that operator i becomes
    std::array<std::size_t, kOperators> from_dx{};
    for (std::size_t i = 0; i < kOperators; ++i) from_dx[op[i]] = i;
    for (int a = 0; a < static_cast<int>(kDx7Algorithms.size()); ++a) {
      const Algorithm& algorithm = kDx7Algorithms[static_cast<std::size_t>(a)];
      const Shape shape = shape_of(algorithm);
      double different = 0;
      for (std::size_t i = 0; i < kOperators && different <= best.different; ++i) {
        const bool carries = (shape.carriers >> op[i] & 1U) != 0;
        if (carries != (patch.carrier[i] > 0)) different += 2 * weight[i];
        for (std::size_t j = 0; j < kOperators; ++j) {
          if (i == j) continue;
          const bool has = (shape.edges & edge_bit(op[i], op[j])) != 0;
          const bool wants = patch.modulation[i][j] > 0;
          if (has != wants) different += std::min(weight[i], weight[j]);
        }
      }
      const auto [from, to] = feedback_of(algorithm);
      const double feedback = patch.modulation[from_dx[to]][from_dx[from]];
      if (different < best.different ||
          (different == best.different && feedback > feedback_best + 1e-9)) {
        best = {a, op, different};
        feedback_best = feedback;
      }
    }
  } while (std::next_permutation(op.begin(), op.end()));
  return best;
}

Voice nearest_voice(const FmPatch& patch, const std::array<float, kOperators>& peak_level,
                    std::string_view name, Roundings& roundings,
                    std::array<std::size_t, kOperators>* voice_op) {
  std::array<float, kOperators> weight{};
  for (std::size_t i = 0; i < kOperators; ++i) weight[i] = peak_level[i] > 1e-4F ? 1.0F : 0.0F;
  const AlgorithmMatch match = nearest_algorithm(patch, weight);
  if (voice_op != nullptr) *voice_op = match.voice_op;
  const Algorithm& algorithm = kDx7Algorithms[static_cast<std::size_t>(match.algorithm)];
  Voice voice;
  voice.algorithm = static_cast<std::uint8_t>(match.algorithm);
  if (match.different > 0) {
    roundings.add({"edges and carriers that no algorithm has", 0, match.different, 0});
  }
  std::array<std::size_t, kOperators> from_dx{};
  for (std::size_t i = 0; i < kOperators; ++i) from_dx[match.voice_op[i]] = i;

  const double i_max = patch.i_max > 0 ? patch.i_max : 1;
  const auto carriers = static_cast<double>(algorithm.carriers.size());
  std::array<double, kOperators> amplitude{};
  double loudest_carrier = 0;
  for (std::size_t i = 0; i < kOperators; ++i) {
    const bool carries = patch.carrier[i] > 0;
    amplitude[i] =
        carries ? peak_level[i] / i_max * patch.carrier[i] * carriers : peak_level[i] / kFullIndex;
    if (carries) loudest_carrier = std::max(loudest_carrier, amplitude[i]);
  }
  if (loudest_carrier > 1) {
    roundings.add({"loudness in dB", 0, db(loudest_carrier), 0});
    for (std::size_t i = 0; i < kOperators; ++i) {
      if (patch.carrier[i] > 0) amplitude[i] /= loudest_carrier;
    }
  }
  for (std::size_t i = 0; i < kOperators; ++i) {
    const std::size_t at = match.voice_op[i];
    const int number = static_cast<int>(at) + 1;
    Operator& op = voice.op[at];
    op.output_level = nearest_output_level(amplitude[i]);
    if (op.output_level > 0) {
      const double became = amplitude_of(output_level_steps(op.output_level));
      if (std::abs(db(became / amplitude[i])) > kHeardDb) {
        roundings.add({"level in dB", number, db(amplitude[i]), db(became)});
      }
    }
    const double cents = set_ratio(patch.ratio[i], op);
    if (op.output_level > 0 && std::abs(cents) > kHeardCents) {
      roundings.add({"ratio", number, patch.ratio[i], frequency_ratio(op)});
    }
  }
  const auto [from, to] = feedback_of(algorithm);
  for (std::size_t i = 0; i < kOperators; ++i) {
    if (i != from_dx[to] && patch.modulation[i][i] > 0 && weight[i] > 0) {
      roundings.add(
          {"feedback", static_cast<int>(match.voice_op[i]) + 1, patch.modulation[i][i], 0});
    }
  }
  const double gain = patch.modulation[from_dx[to]][from_dx[from]];
  voice.feedback = nearest_feedback(gain);
  if (gain > 0 && std::abs(std::log2(std::max(feedback_gain(voice.feedback), 1e-3) / gain)) > 0.1) {
    roundings.add({"feedback", static_cast<int>(to) + 1, gain, feedback_gain(voice.feedback)});
  }
  for (std::size_t i = 0; i < kNameLength; ++i) {
    const char c = i < name.size() ? name[i] : ' ';
    voice.name[i] = c >= ' ' && c <= '~' ? c : ' ';
  }
  return voice;
}

FmPatch to_patch(const Voice& given, int midi_note, std::array<float, kOperators>& peak_level) {
  const Voice voice = limited(given);
  const Algorithm& algorithm = kDx7Algorithms[voice.algorithm];
  FmPatch patch;
  set_routing(patch, algorithm, static_cast<float>(feedback_gain(voice.feedback)));
  patch.i_max = static_cast<float>(kFullIndex);
  const double note_hz = 440 * std::exp2((midi_note + voice.transpose - 24 - 69) / 12.0);
  for (std::size_t i = 0; i < kOperators; ++i) {
    const Operator& op = voice.op[i];
    if (patch.carrier[i] > 0) patch.carrier[i] = 1 / static_cast<float>(algorithm.carriers.size());
    patch.ratio[i] =
        static_cast<float>(op.fixed_frequency != 0 ? fixed_hz(op) / note_hz : frequency_ratio(op));
    const auto loudest =
        std::max({op.envelope.level[0], op.envelope.level[1], op.envelope.level[2]});
    peak_level[i] =
        op.output_level == 0
            ? 0.0F
            : static_cast<float>(kFullIndex * amplitude_of(output_level_steps(op.output_level) +
                                                           envelope_level_steps(loudest)));
  }
  return patch;
}

}  // namespace sideband::dx7
