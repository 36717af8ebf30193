// IEEE 754 half precision (F16) to float, exactly, with integer arithmetic only.
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

}  // namespace sideband
