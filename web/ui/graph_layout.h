// Where the operators of a patch stand: carriers at the bottom, each modulator above what it
// modulates, as on a DX7's panel. Pure geometry, in cells; the graph panel scales it.
#pragma once

#include <array>

#include "core/synth/patch.h"

namespace sideband::ui {

struct NodePlace {
  float x = 0;    // column, 0…columns − 1, may be fractional
  int layer = 0;  // 0 is the bottom row
  bool carrier = false;
  bool heard = false;  // a carrier, or one that reaches a carrier
};

enum class EdgeKind { kForward, kFeedback, kSelf };

struct GraphEdge {
  int from = 0;  // operator − 1
  int to = 0;
  EdgeKind kind = EdgeKind::kForward;
};

struct GraphLayout {
  std::array<NodePlace, kOperators> node{};
  std::array<GraphEdge, kOperators * kOperators> edge{};
  int edge_count = 0;
  float columns = 0;
  int layers = 0;
};

GraphLayout layout_graph(const FmPatch& patch);

}  // namespace sideband::ui
