#include "core/dx7/curves.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sideband::dx7 {
namespace {

constexpr double kStepDb = 20 * 0.30102999566398120 / kStepsPerDoubling;  // 0.0235

constexpr double kFloor = 3.186870674e-5;  // 2^(kLowestLevel/kStepsPerDoubling)

// Output levels below 20 fall faster than 0.75 dB a step.
constexpr std::array<int, 20> kLowOutput{0,  5,  9,  13, 17, 20, 23, 25, 27, 29,
                                         31, 33, 35, 37, 39, 41, 42, 43, 45, 46};

int scaled_envelope_level(int level) {  // 0…63
  if (level <= 5) return 2 * level;
  if (level <= 16) return 5 + level;
  if (level <= 20) return 4 + level;
  return 14 + level / 2;
}

int scaled_output_level(int level) {  // 0…127
  return level < 20 ? kLowOutput[static_cast<std::size_t>(std::max(level, 0))] : 28 + level;
}

}  // namespace

double amplitude_of(double level_steps) {
  if (level_steps <= kLowestLevel) return 0;
  return std::exp2(level_steps / kStepsPerDoubling) - kFloor;
}

double level_of(double amplitude) {
  return std::log2(std::max(amplitude, 0.0) + kFloor) * kStepsPerDoubling;
}

double envelope_level_steps(int level) {
  return 64.0 * (scaled_envelope_level(std::clamp(level, 0, 99)) - 63);
}

double output_level_steps(int output_level) {
  return 32.0 * (scaled_output_level(std::clamp(output_level, 0, 99)) - 127);
}

int quantized_rate(int rate, int offset) {
  return std::clamp(std::clamp(rate, 0, 99) * 41 / 64 + offset, 0, 63);
}

double decay_steps_per_s(double quantized) {
  const double octave = std::floor(quantized / 4);
  return 0.2819 * std::exp2(octave) * (1 + 0.25 * (quantized - 4 * octave)) / kStepDb;
}

int level_scaling(const Operator& op, int midi_note) {
  // Break point 0 is A−1, MIDI note 21; a group is three keys.
  const int distance = midi_note - (op.break_point + 21);
  const bool right = distance >= 0;
  const int groups = (std::abs(distance) + 1) / 3;
  const int curve = right ? op.right_curve : op.left_curve;
  const double depth = (right ? op.right_depth : op.left_depth) / 99.0;
  const bool linear = curve == kMinusLinear || curve == kPlusLinear;
  const bool rises = curve == kPlusLinear || curve == kPlusExponential;
  // 22 dB over the four groups of an octave, in units of 0.7526 dB.
  constexpr double kLinear = 22 / 0.7526 / 4;
  const double exponential = groups < 4 ? groups * 0.95 : 1.9 * std::exp2(groups / 4.0);
  const double units = depth * (linear ? kLinear * groups : std::min(exponential, 250.0));
  return static_cast<int>(std::lround(rises ? units : -units));
}

int rate_scaling(const Operator& op, int midi_note) {
  return op.rate_scaling * std::clamp(midi_note / 3 - 7, 0, 31) / 8;
}

double velocity_steps(int sensitivity, int velocity) {
  constexpr double kStepsPerUnit =
      508;  // puts velocity 1 about 8 dB a unit of sensitivity below 100
  const double key = std::pow(std::clamp(velocity, 1, 127) / 127.0, 0.3);
  return sensitivity * kStepsPerUnit * (key - std::pow(100 / 127.0, 0.3));
}

double detune_factor(int detune) {
  return std::exp2((std::clamp(detune, 0, 14) - 7) / 1200.0);
}

double frequency_ratio(const Operator& op) {
  const double coarse = op.coarse == 0 ? 0.5 : op.coarse;
  return coarse * (1 + op.fine / 100.0) * detune_factor(op.detune);
}

double fixed_hz(const Operator& op) {
  return std::pow(10.0, (op.coarse & 3U) + op.fine / 100.0) * detune_factor(op.detune);
}

double feedback_gain(int feedback) {
  return feedback <= 0 ? 0 : std::exp2(std::min(feedback, 7) - 8);
}

double pitch_level_octaves(int level) {
  const int from_center = std::clamp(level, 0, 99) - 50;
  const double distance = std::abs(from_center);
  double octaves = distance / 32;
  if (distance > 32) {
    const double beyond = (distance - 32) / (from_center < 0 ? 18.0 : 17.0);
    octaves = 1 + 3 * std::pow(beyond, 2.25);
  }
  return from_center < 0 ? -octaves : octaves;
}

double pitch_rate_octaves_per_s(int rate) {
  const int inside = std::clamp(rate, 0, 99);
  return 12 * std::exp(0.0373 * (inside - 99)) - 0.25 * std::max(0.0, 1 - inside / 25.0);
}

double lfo_hz(int speed) {
  const int inside = std::clamp(speed, 0, 99);
  return inside <= 65 ? 0.06 + 0.1576 * inside : 10.3 + 1.099 * (inside - 65);
}

double lfo_delay_s(int delay) {
  return delay <= 0 ? 0 : 2.66 * std::exp2((std::min(delay, 99) - 99) / 16.0);
}

double lfo_pitch_octaves(int depth, int sensitivity) {
  return sensitivity <= 0 ? 0 : depth / 99.0 * std::pow(0.6, 7 - std::min(sensitivity, 7));
}

double lfo_amplitude(int depth, int sensitivity) {
  constexpr std::array<double, 4> kFraction{0, 0.26, 0.43, 1};
  return depth / 99.0 * kFraction[static_cast<std::size_t>(std::clamp(sensitivity, 0, 3))];
}

double lfo_amplitude_steps(double amount) {
  constexpr double kSteepness = 4.5;
  return kLowestLevel * std::expm1(kSteepness * amount) / std::expm1(kSteepness);
}

}  // namespace sideband::dx7
