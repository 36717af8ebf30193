// Envelopes as functions of their parameters, differentiable with Dual: the DX7's four rates and
// levels, ADSR, and the pitch envelope.
//
// Amplitudes count in doublings (6.02 dB) from full scale, rates in log2 of doublings a second.
#pragma once

#include <array>

#include "core/match/dual.h"

namespace sideband::match {

inline constexpr double kFloorDoublings = -14.9375;         // kLowestLevel of dx7/curves.h
inline constexpr double kAttackStartDoublings = -8.296875;  // kAttackStart
inline constexpr double kAttackCeiling = 1.5;

// The DX7's: parameters level 1…4, then rate 1…4. See dx7/envelope.h for the law.
template <typename T>
class FourRates {
 public:
  FourRates(const std::array<T, 4>& level, const std::array<T, 4>& log2_rate) {
    T from = inside(level[3]);
    T start = T(0);
    for (std::size_t i = 0; i < 3; ++i) {
      segment_[i] = {start, from, inside(level[i]), rate_of(log2_rate[i])};
      start = start + duration(segment_[i]);
      from = segment_[i].to;
    }
    release_to_ = inside(level[3]);
    release_rate_ = rate_of(log2_rate[3]);
  }

  T held(double seconds) const {
    std::size_t i = 2;
    const T now(seconds);
    while (i > 0 && now < segment_[i].start) --i;
    return along(segment_[i], now - segment_[i].start);
  }
  T released(const T& from, double seconds) const {
    return along({T(0), from, release_to_, release_rate_}, T(seconds));
  }

 private:
  struct Segment {
    T start;
    T from;
    T to;
    T rate;
  };
  static T rate_of(const T& log2_rate) { return exp_of(log2_rate * T(0.69314718055994531)); }
  static T inside(const T& level) {
    return smaller(larger(level, T(kFloorDoublings)), T(kAttackCeiling - 0.004));
  }
  static T duration(const Segment& s) {
    if (!(s.from < s.to)) return (s.from - s.to) / s.rate;
    const T from = larger(s.from, T(kAttackStartDoublings));
    if (!(from < s.to)) return T(0);
    return log_of((T(kAttackCeiling) - from) / (T(kAttackCeiling) - s.to)) / s.rate;
  }
  static T along(const Segment& s, const T& seconds) {
    if (!(s.from < s.to)) return larger(s.to, s.from - s.rate * seconds);
    const T from = larger(s.from, T(kAttackStartDoublings));
    const T left = exp_of(-(s.rate * seconds));
    return smaller(s.to, T(kAttackCeiling) - (T(kAttackCeiling) - from) * left);
  }

  std::array<Segment, 3> segment_;
  T release_to_;
  T release_rate_;
};

// Attack 1 − exp(−t/a), then towards the sustain level with exp(−t/d), and exp(−t/r) after key up.
// Parameters: log2 of the three times in seconds, and the sustain as a fraction 0…1. The decay
// begins when the attack has come to within 5 %.
template <typename T>
T adsr(const std::array<T, 4>& a_d_s_r, double seconds, double hold_s) {
  const T ln2(0.69314718055994531);
  const T attack = exp_of(a_d_s_r[0] * ln2);
  const T decay = exp_of(a_d_s_r[1] * ln2);
  const T sustain = a_d_s_r[2];
  const T release = exp_of(a_d_s_r[3] * ln2);
  const auto held = [&](double t) {
    const T now(t);
    const T turn = attack * T(3);
    const T rise = T(1) - exp_of(-(now / attack));
    if (now < turn) return rise;
    const T top = T(1) - exp_of(T(-3));
    return sustain + (top - sustain) * exp_of(-((now - turn) / decay));
  };
  if (seconds <= hold_s) return held(seconds);
  return held(hold_s) * exp_of(-(T(seconds - hold_s) / release));
}

// The DX7's pitch envelope: levels in octaves, rates log2 of octaves a second, linear in time.
template <typename T>
T pitch_envelope(const std::array<T, 4>& octaves, const std::array<T, 4>& log2_rate, double seconds,
                 double hold_s) {
  const auto toward = [](const T& from, const T& to, const T& most) {
    return from < to ? smaller(to, from + most) : larger(to, from - most);
  };
  const auto rate = [&](std::size_t i) { return exp_of(log2_rate[i] * T(0.69314718055994531)); };
  const auto held = [&](double t) {
    T at = octaves[3];
    T left(t);
    for (std::size_t i = 0; i < 3; ++i) {
      const T distance = at < octaves[i] ? octaves[i] - at : at - octaves[i];
      const T needed = distance / rate(i);
      if (left < needed) return toward(at, octaves[i], rate(i) * left);
      left = left - needed;
      at = octaves[i];
    }
    return at;
  };
  if (seconds <= hold_s) return held(seconds);
  return toward(held(hold_s), octaves[3], rate(3) * T(seconds - hold_s));
}

}  // namespace sideband::match
