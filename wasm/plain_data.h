// What crosses the border of the modules as plain data: texts and patches.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/engine.h"

namespace sideband {

// Ratio[6], modulation[to][from], carrier[6], i_max.
inline constexpr int kPatchFloats = kOperators + kOperators * kOperators + kOperators + 1;

// NUL-terminated, cut to what there is room for.
inline void write_text(std::string_view text, std::span<char> out) {
  const std::size_t length = std::min(text.size(), out.size() - 1);
  std::copy_n(text.begin(), length, out.begin());
  out[length] = '\0';
}

inline float* write_patch(const FmPatch& patch, std::span<float, kPatchFloats> floats) {
  float* out = std::copy(patch.ratio.begin(), patch.ratio.end(), floats.data());
  for (const auto& row : patch.modulation) out = std::copy(row.begin(), row.end(), out);
  out = std::copy(patch.carrier.begin(), patch.carrier.end(), out);
  *out = patch.i_max;
  return floats.data();
}

inline FmPatch read_patch(std::span<const float, kPatchFloats> floats) {
  FmPatch patch;
  const float* in = floats.data();
  const auto take = [&in](std::array<float, kOperators>& values) {
    std::copy_n(in, kOperators, values.begin());
    in += kOperators;
  };
  take(patch.ratio);
  for (auto& row : patch.modulation) take(row);
  take(patch.carrier);
  patch.i_max = *in;
  return patch;
}

}  // namespace sideband
