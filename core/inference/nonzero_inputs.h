// Which inputs of a frame are not 0. What a ReLU made mostly is (in the TCNs that are shipped 50 to
// 99 of a hundred), and products with 0 need not be made: the sum is the same without them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace sideband {

// Bit i: x[i] is not 0, of four; what is not a number is not 0.
inline unsigned nonzero_bits(const float* x) {
#if defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_ps(_mm_cmpneq_ps(_mm_loadu_ps(x), _mm_setzero_ps())));
#elif defined(__wasm_simd128__)
  return wasm_i32x4_bitmask(wasm_f32x4_ne(wasm_v128_load(x), wasm_f32x4_const_splat(0)));
#else
  unsigned bits = 0;
  for (unsigned i = 0; i < 4; ++i) bits |= x[i] == 0 ? 0U : 1U << i;
  return bits;
#endif
}

// For each four such bits the places of those that are set, in 16 bits each, the first lowest.
inline constexpr std::array<std::uint64_t, 16> kPlacesOfBits = [] {
  std::array<std::uint64_t, 16> places{};
  for (unsigned bits = 0; bits < 16; ++bits) {
    unsigned count = 0;
    for (unsigned i = 0; i < 4; ++i) {
      if ((bits >> i & 1U) != 0) places[bits] |= std::uint64_t{i} << 16 * count++;
    }
  }
  return places;
}();

// Room for the indices of so many inputs, which are at most 2^16 − 1.
constexpr std::size_t nonzero_room(int inputs) {
  return static_cast<std::size_t>(inputs) + 4;
}

// The indices of all that are not 0, in order. Without branches, which nothing could foretell.
inline std::span<const std::uint16_t> nonzero_inputs(const float* x, int inputs,
                                                     std::uint16_t* indices) {
  constexpr std::uint64_t kEach = 0x0001000100010001;
  std::size_t count = 0;
  int i = 0;
  for (; i + 4 <= inputs; i += 4) {
    const unsigned bits = nonzero_bits(x + i);
    const std::uint64_t four = kPlacesOfBits[bits] + static_cast<std::uint64_t>(i) * kEach;
    std::memcpy(indices + count, &four, sizeof(four));
    count += static_cast<std::size_t>(std::popcount(bits));
  }
  for (; i < inputs; ++i) {
    indices[count] = static_cast<std::uint16_t>(i);
    count += x[i] == 0 ? 0 : 1;
  }
  return {indices, count};
}

}  // namespace sideband
