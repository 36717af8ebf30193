#include "core/dx7/performance.h"

#include <algorithm>
#include <cmath>

#include "core/dx7/curves.h"

namespace sideband::dx7 {
namespace {

constexpr double kStepDb = 6.020599913279624 / kStepsPerDoubling;
constexpr double kReleaseDb = 60;    // that KeyEnvelope::release_ms is the time of
constexpr double kVelocityDb = -30;  // of our keys, per tenth of the velocity
constexpr double kTenthOfVelocity = 12.7;
constexpr double kDeepestDip = 0.999;  // of the LFO: further down nothing is heard
constexpr double kHeardTime = 0.12;    // a tenth and a bit of a time, as a natural logarithm
constexpr double kHeardDb = 0.8;
constexpr double kHeardCents = 2;
constexpr double kHeardHz = 0.1;

// The value 0…last whose error is smallest.
template <typename Error>
std::uint8_t nearest(int last, Error error) {
  int best = 0;
  for (int value = 1; value <= last; ++value) {
    if (error(value) < error(best)) best = value;
  }
  return static_cast<std::uint8_t>(best);
}

// Seconds an envelope takes at a rate: the attack from its start to the top (envelope.h), and a
// fall.
double attack_s(int rate) {
  constexpr double kCeiling = 1.5 * kStepsPerDoubling;
  const double turns = std::log((kCeiling - kAttackStart) / kCeiling);
  return turns * kStepsPerDoubling / decay_steps_per_s(quantized_rate(rate, 0));
}

double fall_s(int rate, double db) {
  return db / kStepDb / decay_steps_per_s(quantized_rate(rate, 0));
}

double off(double value, double wanted) {
  return std::abs(std::log(std::max(value, 1e-6) / std::max(wanted, 1e-6)));
}

std::uint8_t rate_of(double wanted_s, double (*seconds)(int, double), double db) {
  return nearest(99, [&](int rate) { return off(seconds(rate, db), wanted_s); });
}

double dip_db(double amount) {
  return -lfo_amplitude_steps(amount) * kStepDb;
}

void say(Roundings& roundings, const char* what, int op, double wanted, double became,
         double heard) {
  if (std::abs(wanted - became) > heard) roundings.add({what, op, wanted, became});
}

void set_envelope(const KeyEnvelope& keys, double curve, int number, Operator& op,
                  Roundings& roundings) {
  Envelope& envelope = op.envelope;
  const double sustain_db = -keys.sustain_db * curve;
  envelope.rate[0] = rate_of(
      keys.attack_ms / 1000.0, [](int rate, double) { return attack_s(rate); }, 0);
  envelope.level[0] = 99;
  envelope.level[1] = envelope.level[2] = nearest(
      99, [&](int level) { return std::abs(-envelope_level_steps(level) * kStepDb - sustain_db); });
  const double became_db = -envelope_level_steps(envelope.level[1]) * kStepDb;
  say(roundings, "sustained level in dB", number, -sustain_db, -became_db, kHeardDb);
  envelope.rate[1] =
      became_db > 0 ? rate_of(keys.decay_ms / 1000.0, fall_s, became_db) : std::uint8_t{99};
  envelope.rate[2] = 99;
  envelope.rate[3] = rate_of(keys.release_ms / 1000.0, fall_s, kReleaseDb * curve);
  envelope.level[3] = 0;
  const double soft_db = kVelocityDb * curve;
  op.velocity_sense = nearest(7, [&](int sense) {
    const double steps = velocity_steps(sense, static_cast<int>(std::lround(kTenthOfVelocity))) -
                         velocity_steps(sense, 127);
    return std::abs(steps * kStepDb - soft_db);
  });
}

// One LFO for all: the one that is heard most sets its rate.
void set_lfo(const Performance& performance, const std::array<std::size_t, kOperators>& voice_op,
             Voice& voice, Roundings& roundings) {
  const auto strength = [&](std::size_t i) {
    const OperatorPerformance& op = performance.op[i];
    const bool heard = voice.op[voice_op[i]].output_level > 0;
    return heard ? op.lfo_level + op.lfo_pitch_cents / 200 : 0.0F;
  };
  std::size_t first = 0;
  double deepest_db = 0, widest_cents = 0;
  for (std::size_t i = 0; i < kOperators; ++i) {
    if (strength(i) > strength(first)) first = i;
    if (strength(i) <= 0) continue;
    const OperatorPerformance& op = performance.op[i];
    deepest_db =
        std::max(deepest_db, -20 * std::log10(1 - std::min<double>(op.lfo_level, kDeepestDip)));
    widest_cents = std::max<double>(widest_cents, op.lfo_pitch_cents);
  }
  if (strength(first) <= 0) return;
  Lfo& lfo = voice.lfo;
  lfo.wave = kSine;
  lfo.sync = 1;
  lfo.delay = 0;
  lfo.speed =
      nearest(99, [&](int speed) { return off(lfo_hz(speed), performance.op[first].lfo_rate_hz); });
  lfo.amplitude_depth = nearest(
      99, [&](int depth) { return std::abs(dip_db(lfo_amplitude(depth, 3)) - deepest_db); });
  voice.pitch_sense = widest_cents > 0 ? 7 : 0;
  // The finest sensitivity that reaches far enough: its steps are the smallest.
  while (voice.pitch_sense > 1 &&
         1200 * lfo_pitch_octaves(99, voice.pitch_sense - 1) >= widest_cents) {
    --voice.pitch_sense;
  }
  const auto cents = [&](int depth) { return 1200 * lfo_pitch_octaves(depth, voice.pitch_sense); };
  lfo.pitch_depth = nearest(99, [&](int depth) { return std::abs(cents(depth) - widest_cents); });
  for (std::size_t i = 0; i < kOperators; ++i) {
    const OperatorPerformance& wanted = performance.op[i];
    Operator& op = voice.op[voice_op[i]];
    if (op.output_level == 0) continue;
    const int number = static_cast<int>(voice_op[i]) + 1;
    const double wanted_db = -20 * std::log10(1 - std::min<double>(wanted.lfo_level, kDeepestDip));
    const auto dip = [&](int sense) { return dip_db(lfo_amplitude(lfo.amplitude_depth, sense)); };
    op.amplitude_sense = nearest(3, [&](int sense) { return std::abs(dip(sense) - wanted_db); });
    say(roundings, "LFO dip in dB", number, wanted_db, dip(op.amplitude_sense), kHeardDb);
    say(roundings, "LFO pitch in cents", number, wanted.lfo_pitch_cents, cents(lfo.pitch_depth),
        kHeardCents);
    if (strength(i) > 0) {
      say(roundings, "LFO rate in Hz", number, wanted.lfo_rate_hz, lfo_hz(lfo.speed), kHeardHz);
    }
  }
}

}  // namespace

void set_performance(const Performance& performance,
                     const std::array<std::size_t, kOperators>& voice_op, Voice& voice,
                     Roundings& roundings) {
  const KeyEnvelope& keys = performance.keys;
  const Operator* timed = nullptr;
  for (std::size_t i = 0; i < kOperators; ++i) {
    Operator& op = voice.op[voice_op[i]];
    if (op.output_level == 0) continue;
    set_envelope(keys, performance.op[i].curve, static_cast<int>(voice_op[i]) + 1, op, roundings);
    if (timed == nullptr) timed = &op;
  }
  if (timed != nullptr) {
    const double became_s = attack_s(timed->envelope.rate[0]);
    if (off(became_s, keys.attack_ms / 1000.0) > kHeardTime) {
      roundings.add({"attack in ms", 0, keys.attack_ms, 1000 * became_s});
    }
  }
  set_lfo(performance, voice_op, voice, roundings);
  const double semitones = std::clamp(std::round(performance.transpose_semitones), -24.0F, 24.0F);
  voice.transpose = static_cast<std::uint8_t>(24 + static_cast<int>(semitones));
  say(roundings, "transposition in semitones", 0, performance.transpose_semitones, semitones,
      0.005);
}

}  // namespace sideband::dx7
