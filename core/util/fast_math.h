// Small vectors and the sine every oscillator uses: the same bits on every target.
//
// Only +, −, ×, shifts and masks are used, so x86, ARM and WASM agree to the last bit as long as
// the compiler does not fuse multiply and add (-ffp-contract=off).
#pragma once

#include <cmath>
#include <cstdint>

namespace sideband {

// 32 bytes: one AVX register, two SSE, NEON or WASM registers.
using Float8 __attribute__((vector_size(32))) = float;
using Double4 __attribute__((vector_size(32))) = double;
using Uint64x4 __attribute__((vector_size(32))) = std::uint64_t;

// The same, at any address a float may have.
using Float8Unaligned __attribute__((vector_size(32), aligned(4), may_alias)) = float;

inline constexpr double kTwoPi = 6.283185307179586;

// A phase is an unsigned 64-bit fraction of a turn: it wraps by itself and never drifts.
inline std::uint64_t fixed_turns(double turns) noexcept {
  const double wrapped = turns - std::rint(turns);  // −0.5…0.5
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(wrapped * 0x1p62)) << 2U;
}

// The phase as a double in [1, 2): its top 52 bits become the mantissa. No conversion instruction
// is needed, which SSE, AVX2 and WASM lack for 64-bit integers.
template <typename Real, typename Bits>
inline __attribute__((always_inline)) Real one_plus_turns(const Bits& phase) noexcept {
  return __builtin_bit_cast(Real, (phase >> 12U) | 0x3FF0000000000000U);
}

// cos(2π·turns) for |turns| < 2^51, absolute error below 2e-11 (−214 dB): folded to a quarter turn,
// then a minimax polynomial of degree 11.
template <typename Real, typename Bits>
inline __attribute__((always_inline)) Real cosine_of_turns(const Real& turns) noexcept {
  constexpr double kRound = 0x1.8p52;  // adding and subtracting it rounds to the nearest integer
  const Real folded = turns - ((turns + kRound) - kRound);
  const Real distance =
      __builtin_bit_cast(Real, __builtin_bit_cast(Bits, folded) & 0x7FFFFFFFFFFFFFFFU);
  const Real a = 0.25 - distance;  // cos(2πq) = sin(2π(1/4 − |q|))
  const Real a2 = a * a;
  Real p = a2 * -14.33702467903352666 + 41.99998982534804429;
  p = p * a2 - 76.70366782753255964;
  p = p * a2 + 81.60520943107645192;
  p = p * a2 - 41.34170192977267824;
  p = p * a2 + 6.283185306487505558;
  return p * a;
}

// sin(2π·(phase + shift_turns)).
template <typename Real, typename Bits>
inline __attribute__((always_inline)) Real sine_of_phase(const Bits& phase,
                                                         const Real& shift_turns) noexcept {
  return cosine_of_turns<Real, Bits>(one_plus_turns<Real>(phase) + (shift_turns - 1.25));
}

// The decimal that was meant by a float: the shortest one that rounds to it.
// The float nearest to a ratio of 3.2 is off by 1.5e-8, which after ten minutes of A4 is 5° of
// phase.
inline double decimal_meant(float value) noexcept {
  const double magnitude = std::abs(static_cast<double>(value));
  for (double scale = 1; magnitude * scale < 1e9 && scale <= 1e9; scale *= 10) {
    const double decimal = std::rint(value * scale) / scale;
    if (static_cast<float>(decimal) == value) return decimal;
  }
  return value;
}

}  // namespace sideband
