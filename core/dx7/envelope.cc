#include "core/dx7/envelope.h"

#include <algorithm>
#include <cmath>

#include "core/dx7/curves.h"

namespace sideband::dx7 {
namespace {

constexpr double kAttackCeiling = 1.5 * kStepsPerDoubling;  // where an endless attack would end

double toward(double from, double to, double most) {
  return to > from ? std::min(to, from + most) : std::max(to, from - most);
}

}  // namespace

double EnvelopeCurve::duration_s(double from, double to, double rate) noexcept {
  if (to <= from) return (from - to) / rate;
  from = std::max(from, kAttackStart);
  if (to <= from) return 0;
  return std::log((kAttackCeiling - from) / (kAttackCeiling - to)) * kStepsPerDoubling / rate;
}

double EnvelopeCurve::along(const Segment& segment, double seconds) noexcept {
  if (segment.to <= segment.from) {
    return std::max(segment.to, segment.from - segment.rate * seconds);
  }
  const double from = std::max(segment.from, kAttackStart);
  const double left = std::exp(-segment.rate * seconds / kStepsPerDoubling);
  return std::min(segment.to, kAttackCeiling - (kAttackCeiling - from) * left);
}

void EnvelopeCurve::set(const std::array<double, 4>& level_steps,
                        const std::array<double, 4>& rate_steps_per_s) noexcept {
  const auto inside = [](double level) {
    return std::clamp(level, kLowestLevel, kAttackCeiling - 1);
  };
  double from = inside(level_steps[3]);
  double start_s = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double rate = std::max(rate_steps_per_s[i], 1e-6);
    segment_[i] = {start_s, from, inside(level_steps[i]), rate};
    start_s += duration_s(from, segment_[i].to, rate);
    from = segment_[i].to;
  }
  release_level_ = inside(level_steps[3]);
  release_rate_ = std::max(rate_steps_per_s[3], 1e-6);
}

double EnvelopeCurve::held(double seconds) const noexcept {
  std::size_t i = 2;
  while (i > 0 && segment_[i].start_s > seconds) --i;
  return along(segment_[i], seconds - segment_[i].start_s);
}

double EnvelopeCurve::released(double from_level, double seconds) const noexcept {
  return along({0, from_level, release_level_, release_rate_}, seconds);
}

EnvelopeCurve operator_envelope(const Operator& op, int midi_note, int velocity) {
  constexpr double kStepsPerUnit = 32;
  const double scaled =
      output_level_steps(op.output_level) + kStepsPerUnit * level_scaling(op, midi_note);
  const double output = std::min(scaled, 0.0) + velocity_steps(op.velocity_sense, velocity);
  const int faster = rate_scaling(op, midi_note);
  std::array<double, 4> level{};
  std::array<double, 4> rate{};
  for (std::size_t i = 0; i < 4; ++i) {
    level[i] = envelope_level_steps(op.envelope.level[i]) + output;
    rate[i] = decay_steps_per_s(quantized_rate(op.envelope.rate[i], faster));
  }
  if (op.output_level == 0) level.fill(kLowestLevel);
  EnvelopeCurve curve;
  curve.set(level, rate);
  return curve;
}

void PitchCurve::set(const Envelope& envelope) noexcept {
  flat_ = true;
  for (std::size_t i = 0; i < 4; ++i) {
    octaves_[i] = pitch_level_octaves(envelope.level[i]);
    rate_[i] = std::max(pitch_rate_octaves_per_s(envelope.rate[i]), 1e-3);
    flat_ = flat_ && octaves_[i] == 0;
  }
}

double PitchCurve::held(double seconds) const noexcept {
  double at = octaves_[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const double needed_s = std::abs(octaves_[i] - at) / rate_[i];
    if (seconds < needed_s) return toward(at, octaves_[i], rate_[i] * seconds);
    seconds -= needed_s;
    at = octaves_[i];
  }
  return at;
}

double PitchCurve::released(double from_octaves, double seconds) const noexcept {
  return toward(from_octaves, octaves_[3], rate_[3] * seconds);
}

}  // namespace sideband::dx7
