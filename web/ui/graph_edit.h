// What a gesture in the patch graph does to the patch. Pure, for the panel and the tests.
#pragma once

#include <cstddef>

#include "core/synth/patch.h"

namespace sideband::ui {

inline constexpr float kMaxEdgeGain = 4;
// A loop is drawn in gently: with a gain of 1 and an index of 2 it would be noise.
inline constexpr float kFeedbackGain = 0.4F;

inline bool modulates(const FmPatch& patch, int from, int to) {
  return patch.modulation[static_cast<std::size_t>(to)][static_cast<std::size_t>(from)] != 0;
}

// Whether `from` comes to `to` along the edges.
inline bool leads_to(const FmPatch& patch, int from, int to, unsigned seen = 0) {
  if (from == to) return true;
  seen |= 1U << static_cast<unsigned>(from);
  for (int next = 0; next < kOperators; ++next) {
    if (((seen >> static_cast<unsigned>(next)) & 1U) != 0 || !modulates(patch, from, next))
      continue;
    if (leads_to(patch, next, to, seen)) return true;
  }
  return false;
}

// Adds the edge, or takes it away. One that closes a loop, to itself or round others, is feedback.
inline void toggle_edge(FmPatch& patch, int from, int to) {
  float& gain = patch.modulation[static_cast<std::size_t>(to)][static_cast<std::size_t>(from)];
  if (gain != 0) {
    gain = 0;
  } else {
    gain = leads_to(patch, to, from) ? kFeedbackGain : 1.0F;
  }
}

inline void toggle_carrier(FmPatch& patch, int op) {
  float& gain = patch.carrier[static_cast<std::size_t>(op)];
  gain = gain == 0 ? 1.0F : 0.0F;
}

}  // namespace sideband::ui
