#include "web/ui/graph_layout.h"

#include <algorithm>
#include <cstddef>

namespace sideband::ui {
namespace {

using Matrix = std::array<std::array<bool, kOperators>, kOperators>;  // [from][to]

std::size_t at(int op) {
  return static_cast<std::size_t>(op);
}

bool reaches(const Matrix& edge, int from, int to) {
  if (from == to) return true;
  for (int next = 0; next < kOperators; ++next) {
    if (edge[at(from)][at(next)] && reaches(edge, next, to)) return true;
  }
  return false;
}

// Keeps the edges that make a picture without cycles; the others become feedback. Edges to a lower
// operator come first: they are never feedback, by the synth's order of computation.
Matrix classify_edges(const FmPatch& patch, GraphLayout& layout) {
  Matrix forward{};
  const auto add = [&](int from, int to, EdgeKind kind) {
    layout.edge[at(layout.edge_count++)] = {from, to, kind};
  };
  for (const bool downward : {true, false}) {
    for (int from = kOperators - 1; from >= 0; --from) {
      for (int to = kOperators - 1; to >= 0; --to) {
        if (patch.modulation[at(to)][at(from)] == 0 || (from > to) != downward) continue;
        if (from == to) {
          add(from, to, EdgeKind::kSelf);
        } else if (reaches(forward, to, from)) {
          add(from, to, EdgeKind::kFeedback);
        } else {
          forward[at(from)][at(to)] = true;
          add(from, to, EdgeKind::kForward);
        }
      }
    }
  }
  return forward;
}

int layer_of(const Matrix& forward, const GraphLayout& layout, int op) {
  int layer = -1;
  for (int to = 0; to < kOperators; ++to) {
    if (forward[at(op)][at(to)]) layer = std::max(layer, layer_of(forward, layout, to));
  }
  // One that goes nowhere hangs above the output bar.
  if (layer < 0 && !layout.node[at(op)].carrier) return 1;
  return layer + 1;
}

struct Placement {
  std::array<int, kOperators> parent{};
  float next_leaf = 0;
};

// Leaves take the columns in turn; whoever they modulate stands centred below them.
float place(int op, Placement& placement, GraphLayout& layout) {
  float first = -1;
  float last = -1;
  for (int child = 0; child < kOperators; ++child) {
    if (placement.parent[at(child)] != op) continue;
    last = place(child, placement, layout);
    if (first < 0) first = last;
  }
  layout.node[at(op)].x = first < 0 ? placement.next_leaf++ : 0.5F * (first + last);
  return layout.node[at(op)].x;
}

// Moves the nodes of a layer as little as possible (least squares) until they are a column apart.
void separate(GraphLayout& layout, int layer) {
  std::array<int, kOperators> op{};
  int count = 0;
  for (int i = 0; i < kOperators; ++i) {
    if (layout.node[at(i)].layer == layer) op[at(count++)] = i;
  }
  std::stable_sort(op.begin(), op.begin() + count,
                   [&](int a, int b) { return layout.node[at(a)].x < layout.node[at(b)].x; });
  // Pool adjacent violators on x − rank, which must not fall.
  std::array<float, kOperators> mean{};
  std::array<int, kOperators> size{};
  int pools = 0;
  for (int i = 0; i < count; ++i) {
    mean[at(pools)] = layout.node[at(op[at(i)])].x - static_cast<float>(i);
    size[at(pools++)] = 1;
    while (pools > 1 && mean[at(pools - 2)] > mean[at(pools - 1)]) {
      const int a = size[at(pools - 2)];
      const int b = size[at(pools - 1)];
      mean[at(pools - 2)] = (static_cast<float>(a) * mean[at(pools - 2)] +
                             static_cast<float>(b) * mean[at(pools - 1)]) /
                            static_cast<float>(a + b);
      size[at(pools - 2)] = a + b;
      --pools;
    }
  }
  int rank = 0;
  for (int pool = 0; pool < pools; ++pool) {
    for (int i = 0; i < size[at(pool)]; ++i, ++rank) {
      layout.node[at(op[at(rank)])].x = mean[at(pool)] + static_cast<float>(rank);
    }
  }
}

}  // namespace

GraphLayout layout_graph(const FmPatch& patch) {
  GraphLayout layout;
  for (int op = 0; op < kOperators; ++op) layout.node[at(op)].carrier = patch.carrier[at(op)] != 0;
  const Matrix forward = classify_edges(patch, layout);

  Placement placement;
  for (int op = 0; op < kOperators; ++op) {
    NodePlace& node = layout.node[at(op)];
    node.layer = layer_of(forward, layout, op);
    layout.layers = std::max(layout.layers, node.layer + 1);
    for (int to = 0; to < kOperators; ++to) {
      node.heard |= layout.node[at(to)].carrier && reaches(forward, op, to);
    }
  }
  for (int op = 0; op < kOperators; ++op) {
    // Of several targets the nearest row counts, so that the tree's edges are one row long.
    int parent = -1;
    for (int to = 0; to < kOperators; ++to) {
      if (!forward[at(op)][at(to)]) continue;
      if (parent < 0 || layout.node[at(to)].layer > layout.node[at(parent)].layer) parent = to;
    }
    placement.parent[at(op)] = parent;
  }
  for (const bool heard : {true, false}) {
    for (int op = 0; op < kOperators; ++op) {
      if (placement.parent[at(op)] < 0 && layout.node[at(op)].heard == heard) {
        place(op, placement, layout);
      }
    }
  }
  // One that modulates several stands above their middle.
  for (int op = 0; op < kOperators; ++op) {
    float sum = 0;
    int targets = 0;
    for (int to = 0; to < kOperators; ++to) {
      if (!forward[at(op)][at(to)]) continue;
      sum += layout.node[at(to)].x;
      ++targets;
    }
    if (targets > 1) layout.node[at(op)].x = sum / static_cast<float>(targets);
  }
  for (int layer = 0; layer < layout.layers; ++layer) separate(layout, layer);

  float left = layout.node[0].x;
  float right = left;
  for (const NodePlace& node : layout.node) {
    left = std::min(left, node.x);
    right = std::max(right, node.x);
  }
  for (NodePlace& node : layout.node) node.x -= left;
  layout.columns = right - left + 1;
  return layout;
}

}  // namespace sideband::ui
