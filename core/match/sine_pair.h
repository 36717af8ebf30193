// Sine and cosine at once, for one number or a vector of them: the forward pass needs the one, the
// gradient the other.
#pragma once

#include <cstdint>

#include "core/util/simd.h"

namespace sideband::match {

// The widest type that arithmetic on Real is done in: vectors for float, the reference for double.
template <typename Real>
struct Lane;
template <>
struct Lane<float> {
  using Vector = FloatV;
  static constexpr int kCount = kSimdFloats;
  static constexpr float kRound = 0x1.8p23F;  // adding and subtracting it rounds to an integer
};
template <>
struct Lane<double> {
  using Vector = double;
  static constexpr int kCount = 1;
  static constexpr double kRound = 0x1.8p52;
};

inline float magnitude(float x) {
  return x < 0 ? -x : x;
}
inline double magnitude(double x) {
  return x < 0 ? -x : x;
}
inline FloatV magnitude(FloatV x) {
  return x < 0 ? -x : x;
}

// cos(2π·turns): folded to a quarter turn, then a polynomial of degree 11 (see util/fast_math.h).
template <typename Real, typename V>
inline V cosine_turns(V turns) {
  constexpr Real kRound = Lane<Real>::kRound;
  const V folded = turns - ((turns + kRound) - kRound);
  const V a = Real(0.25) - magnitude(folded);
  const V a2 = a * a;
  V p = a2 * Real(-14.33702467903352666) + Real(41.99998982534804429);
  p = p * a2 - Real(76.70366782753255964);
  p = p * a2 + Real(81.60520943107645192);
  p = p * a2 - Real(41.34170192977267824);
  p = p * a2 + Real(6.283185306487505558);
  return p * a;
}

template <typename Real, typename V>
inline V sine_turns(V turns) {
  return cosine_turns<Real, V>(turns - Real(0.25));
}

}  // namespace sideband::match
