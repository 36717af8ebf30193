// memcpy of floats, wherever a copy is made for every frame.
#pragma once

#include <cstddef>
#include <cstring>

#include "core/util/simd.h"

namespace sideband {

// The places must not overlap. The C library's way for WebAssembly is a word at a time and, from
// 512 bytes up, a call out of the module: as long as a small layer's product.
inline void copy_floats(const float* from, std::size_t count, float* to) {
#if defined(__wasm_simd128__)
  std::size_t i = 0;
  for (; i + kSimdFloats <= count; i += kSimdFloats) simd_store(to + i, simd_load(from + i));
  for (; i < count; ++i) to[i] = from[i];
#else
  std::memcpy(to, from, count * sizeof(float));
#endif
}

}  // namespace sideband
