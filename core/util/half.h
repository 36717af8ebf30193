// IEEE 754 half precision (F16) to float, exactly, and back, rounded to nearest, with integer
// arithmetic only.
#pragma once

#include <cstdint>

namespace sideband {

inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16U;
  const std::uint32_t magnitude = half & 0x7FFFU;
  std::uint32_t bits = 0;
  if (magnitude >= 0x7C00U) {
    bits = 0x7F800000U | ((magnitude & 0x3FFU) << 13U);  // infinity, not a number
  } else if (magnitude >= 0x0400U) {
    bits = (magnitude << 13U) + ((127U - 15U) << 23U);
  } else {
    // Subnormal or zero: an integer multiple of 2^-24, exact in a float.
    bits = __builtin_bit_cast(std::uint32_t, static_cast<float>(magnitude) * 0x1p-24F);
  }
  return __builtin_bit_cast(float, bits | sign);
}

// For |value| < 65520.
inline std::uint16_t half_of_float(float value) {
  const auto bits = __builtin_bit_cast(std::uint32_t, value);
  const std::uint32_t sign = (bits >> 16U) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude < (127U - 14U) << 23U) {
    // Subnormal: adding 2^-1 leaves an integer multiple of 2^-24 in the low bits.
    const float shifted = __builtin_bit_cast(float, magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign |
                                      (__builtin_bit_cast(std::uint32_t, shifted) - 0x3F000000U));
  }
  const std::uint32_t rounded = magnitude + 0xFFFU + ((magnitude >> 13U) & 1U);
  return static_cast<std::uint16_t>(sign | ((rounded >> 13U) - ((127U - 15U) << 10U)));
}

}  // namespace sideband
