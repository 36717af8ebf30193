// A number and its derivatives to a few parameters: forward-mode differentiation, for envelopes,
// whose few parameters reach many frames.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace sideband::match {

template <typename Real, std::size_t kCount>
struct Dual {
  Real value{};
  std::array<Real, kCount> d{};

  Dual() = default;
  Dual(Real x) : value(x) {}  // NOLINT: constants mix freely with variables
  static Dual variable(Real x, std::size_t index) {
    Dual dual(x);
    dual.d[index] = 1;
    return dual;
  }

  // f of it, with the derivative there.
  Dual chain(Real f, Real slope) const {
    Dual result(f);
    for (std::size_t i = 0; i < kCount; ++i) result.d[i] = slope * d[i];
    return result;
  }
  Dual operator-() const { return chain(-value, Real(-1)); }
  friend Dual operator+(Dual a, const Dual& b) {
    a.value += b.value;
    for (std::size_t i = 0; i < kCount; ++i) a.d[i] += b.d[i];
    return a;
  }
  friend Dual operator-(const Dual& a, const Dual& b) { return a + -b; }
  friend Dual operator*(const Dual& a, const Dual& b) {
    Dual result(a.value * b.value);
    for (std::size_t i = 0; i < kCount; ++i) result.d[i] = a.d[i] * b.value + a.value * b.d[i];
    return result;
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    Dual result = a * b.chain(1 / b.value, -1 / (b.value * b.value));
    result.value = a.value / b.value;  // as it would be without derivatives, to the last bit
    return result;
  }
  friend bool operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
};

template <typename Real, std::size_t kCount>
Dual<Real, kCount> exp_of(const Dual<Real, kCount>& x) {
  const Real e = std::exp(x.value);
  return x.chain(e, e);
}
inline float exp_of(float x) {
  return std::exp(x);
}
inline double exp_of(double x) {
  return std::exp(x);
}

template <typename Real, std::size_t kCount>
Dual<Real, kCount> log_of(const Dual<Real, kCount>& x) {
  return x.chain(std::log(x.value), 1 / x.value);
}
inline float log_of(float x) {
  return std::log(x);
}
inline double log_of(double x) {
  return std::log(x);
}

template <typename T>
T larger(const T& a, const T& b) {
  return a < b ? b : a;
}
template <typename T>
T smaller(const T& a, const T& b) {
  return b < a ? b : a;
}

// Four of `kCount` variables, from the one with index `first` on.
template <std::size_t kCount, typename Real>
std::array<Dual<Real, kCount>, 4> variables(const std::array<Real, 4>& values, std::size_t first) {
  std::array<Dual<Real, kCount>, 4> dual;
  for (std::size_t i = 0; i < 4; ++i) dual[i] = Dual<Real, kCount>::variable(values[i], first + i);
  return dual;
}

}  // namespace sideband::match
