// Sine and cosine at once, for one number or a vector of them: the forward pass needs the one, the
// gradient the other.
#pragma once

#include <cstdint>
#include <cstring>

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
  return __builtin_fabsf(x);
}
inline double magnitude(double x) {
  return __builtin_fabs(x);
}
inline FloatV magnitude(FloatV x) {
  IntV bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits &= 0x7fffffff;
  std::memcpy(&x, &bits, sizeof bits);
  return x;
}

inline float multiply_add(float a, float b, float c) {
  return kHasMultiplyAdd ? __builtin_fmaf(a, b, c) : a * b + c;
}
inline double multiply_add(double a, double b, double c) {
  return a * b + c;
}
inline FloatV multiply_add(FloatV a, FloatV b, FloatV c) {
  return simd_multiply_add(a, b, c);
}

// cos(2π·turns) as a product: folded to a quarter turn, then a polynomial of degree 11 (see
// util/fast_math.h). Where an operator hears itself each sample waits for the one before, so the
// polynomial is a tree rather than a chain, and a gain may be multiplied in early.
template <typename V>
struct CosineFactors {
  V slope;
  V turns;
};
template <typename Real, typename V>
inline CosineFactors<V> cosine_factors(V turns) {
  constexpr Real kRound = Lane<Real>::kRound;
  const V none{};
  const V folded = turns - ((turns + kRound) - kRound);
  const V a = Real(0.25) - magnitude(folded);
  const V a2 = a * a;
  const V a4 = a2 * a2;
  const V low =
      multiply_add(a2, none - Real(41.34170192977267824), none + Real(6.283185306487505558));
  const V middle =
      multiply_add(a2, none - Real(76.70366782753255964), none + Real(81.60520943107645192));
  const V high =
      multiply_add(a2, none - Real(14.33702467903352666), none + Real(41.99998982534804429));
  return {multiply_add(multiply_add(high, a4, middle), a4, low), a};
}

template <typename Real, typename V>
inline V cosine_turns(V turns) {
  const CosineFactors<V> factors = cosine_factors<Real, V>(turns);
  return factors.slope * factors.turns;
}

template <typename Real, typename V>
inline V sine_turns(V turns) {
  return cosine_turns<Real, V>(turns - Real(0.25));
}

}  // namespace sideband::match
