// The functions that analysis and synthesis call in single precision, from additions,
// multiplications and divisions alone: the same bits on every target. The C library's differ from
// one system to the next in the last bit, and a last bit of pitch is heard in the phase it adds up
// to. (In double precision the library's may stay: rounded to single they agree.) None gives what
// is not finite.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/util/fast_math.h"

namespace sideband {

// 2^x within 1.5 units in the last place for −126 ≤ x ≤ 127; beyond, and for what is not a number,
// the value at the bound.
inline float exp2_of(float x) noexcept {
  constexpr float kRound = 12582912.0F;  // 1.5 · 2^23: adding it leaves no room for a fraction
  x = x > -126.0F ? x : -126.0F;
  x = x < 127.0F ? x : 127.0F;
  const float whole = (x + kRound) - kRound;
  const float r = x - whole;  // |r| ≤ ½
  // Taylor to r^7: the first term left out is below 6e-9.
  float p = r * 1.52527338e-5F + 1.54035304e-4F;
  p = p * r + 1.33335581e-3F;
  p = p * r + 9.61812911e-3F;
  p = p * r + 5.55041087e-2F;
  p = p * r + 2.40226507e-1F;
  p = p * r + 6.93147181e-1F;
  const auto power = static_cast<std::uint32_t>(static_cast<std::int32_t>(whole) + 127) << 23U;
  return (p * r + 1.0F) * __builtin_bit_cast(float, power);
}

// Within 2.5 units in the last place; −126 for what is no positive number, or smaller than 2^−126.
inline float log2_of(float x) noexcept {
  constexpr std::uint32_t kSqrtHalf = 0x3F3504F3;  // √½ as bits
  if (!(x >= 0x1p-126F)) return -126.0F;
  if (x > 0x1.fffffep127F) return 128.0F;
  const std::uint32_t above = __builtin_bit_cast(std::uint32_t, x) - kSqrtHalf;
  const auto exponent = static_cast<float>(static_cast<std::int32_t>(above) >> 23);
  const float mantissa = __builtin_bit_cast(float, (above & 0x007FFFFFU) + kSqrtHalf);  // √½…√2
  // log2 m = 2/ln 2 · artanh z, |z| ≤ 0.172; the first term left out is below 2e-9.
  const float z = (mantissa - 1.0F) / (mantissa + 1.0F);
  const float z2 = z * z;
  float p = z2 * (2.88539008F / 9) + (2.88539008F / 7);
  p = p * z2 + (2.88539008F / 5);
  p = p * z2 + (2.88539008F / 3);
  return exponent + ((p * z2) * z + 2.88539008F * z);
}

inline float exp_of(float x) noexcept {
  return exp2_of(1.44269504F * x);
}
inline float log10_of(float x) noexcept {
  return 0.301029996F * log2_of(x);
}
// base^exponent for a positive base.
inline float power_of(float base, float exponent) noexcept {
  return exp2_of(exponent * log2_of(base));
}
inline float gain_of_db(float db) noexcept {
  return exp2_of(0.166096405F * db);  // log2(10) / 20
}

inline float sine_of_turns(double turns) noexcept {
  return static_cast<float>(cosine_of_turns<double, std::uint64_t>(turns - 0.25));
}
inline float cosine_of_turns(double turns) noexcept {
  return static_cast<float>(cosine_of_turns<double, std::uint64_t>(turns));
}

// The angle of (x, y) in radians, −π…π, within 3e-7; 0 for (0, 0) and for what is not finite.
inline float angle_of(float y, float x) noexcept {
  const float ax = std::abs(x);
  const float ay = std::abs(y);
  if (!(ax + ay > 0) || !std::isfinite(ax + ay)) return 0;
  float tangent = ax > ay ? ay / ax : ax / ay;  // 0…1
  float angle = 0;
  if (tangent > 0.414213562F) {  // tan(π/8)
    angle = 0.785398163F;
    tangent = (tangent - 1.0F) / (tangent + 1.0F);
  }
  // A minimax polynomial for |tangent| ≤ tan(π/8): 2e-8 of the angle.
  const float t2 = tangent * tangent;
  float p = t2 * 0.0797629180F - 0.138484902F;
  p = p * t2 + 0.199740824F;
  p = p * t2 - 0.333327858F;
  angle += (p * t2) * tangent + 0.99999998F * tangent;
  if (ay > ax) angle = 1.57079633F - angle;
  if (x < 0) angle = 3.14159265F - angle;
  return y < 0 ? -angle : angle;
}

}  // namespace sideband
