#include "web/ui/graph_layout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

namespace sideband::ui {
namespace {

using Edges = std::vector<std::pair<int, int>>;  // modulator, modulated: operator numbers

struct Named {
  const char* name;
  Edges edges;
  std::vector<int> carriers;
  int feedback_edges = 0;
};

FmPatch patch_of(const Named& named) {
  FmPatch patch;
  for (const auto& [from, to] : named.edges) {
    patch.modulation[static_cast<std::size_t>(to - 1)][static_cast<std::size_t>(from - 1)] = 1;
  }
  for (const int op : named.carriers) patch.carrier[static_cast<std::size_t>(op - 1)] = 1;
  return patch;
}

const NodePlace& node(const GraphLayout& layout, int op) {
  return layout.node[static_cast<std::size_t>(op - 1)];
}

// The papers' eight configurations, then algorithms of the DX7 with its feedback.
const std::vector<Named> kPatches{
    {"strings", {{6, 5}, {5, 4}, {4, 3}, {2, 1}}, {1, 3}},
    {"flute", {{6, 5}, {5, 1}, {4, 3}, {3, 1}, {2, 1}}, {1}},
    {"brass", {{6, 5}, {5, 4}, {4, 1}, {3, 1}, {2, 1}}, {1}},
    {"piano", {{3, 2}, {2, 1}, {6, 4}, {6, 5}}, {1, 4, 5}},
    {"4 Y", {{4, 3}, {3, 1}, {2, 1}}, {1}},
    {"4x1", {{4, 3}, {3, 2}, {2, 1}}, {1}},
    {"2x2", {{4, 3}, {2, 1}}, {1, 3}},
    {"2", {{2, 1}}, {1}},
    {"algorithm 1", {{2, 1}, {6, 5}, {5, 4}, {4, 3}, {6, 6}}, {1, 3}, 1},
    {"algorithm 4", {{3, 2}, {2, 1}, {6, 5}, {5, 4}, {4, 6}}, {1, 4}, 1},
    {"algorithm 6", {{2, 1}, {4, 3}, {6, 5}, {5, 6}}, {1, 3, 5}, 1},
    {"algorithm 9", {{2, 1}, {6, 5}, {5, 3}, {4, 3}, {2, 2}}, {1, 3}, 1},
    {"algorithm 16", {{6, 5}, {5, 1}, {4, 3}, {3, 1}, {2, 1}, {6, 6}}, {1}, 1},
    {"algorithm 19", {{3, 2}, {2, 1}, {6, 4}, {6, 5}, {6, 6}}, {1, 4, 5}, 1},
    {"algorithm 20", {{3, 1}, {3, 2}, {6, 4}, {5, 4}, {3, 3}}, {1, 2, 4}, 1},
    {"algorithm 22", {{2, 1}, {6, 3}, {6, 4}, {6, 5}, {6, 6}}, {1, 3, 4, 5}, 1},
    {"algorithm 32", {{6, 6}}, {1, 2, 3, 4, 5, 6}, 1},
};

TEST(GraphLayout, CarriersStandInTheBottomRow) {
  for (const Named& named : kPatches) {
    SCOPED_TRACE(named.name);
    const GraphLayout layout = layout_graph(patch_of(named));
    for (const int op : named.carriers) {
      EXPECT_EQ(node(layout, op).layer, 0);
      EXPECT_TRUE(node(layout, op).carrier);
    }
  }
}

TEST(GraphLayout, ModulatorsStandAboveWhatTheyModulate) {
  for (const Named& named : kPatches) {
    SCOPED_TRACE(named.name);
    const GraphLayout layout = layout_graph(patch_of(named));
    int feedback = 0;
    for (int i = 0; i < layout.edge_count; ++i) {
      const GraphEdge& edge = layout.edge[static_cast<std::size_t>(i)];
      if (edge.kind != EdgeKind::kForward) {
        ++feedback;
        continue;
      }
      EXPECT_GT(layout.node[static_cast<std::size_t>(edge.from)].layer,
                layout.node[static_cast<std::size_t>(edge.to)].layer);
    }
    EXPECT_EQ(feedback, named.feedback_edges);
    EXPECT_EQ(layout.edge_count, static_cast<int>(named.edges.size()));
  }
}

void expect_apart(const GraphLayout& layout) {
  for (int a = 1; a <= kOperators; ++a) {
    EXPECT_GE(node(layout, a).x, 0);
    EXPECT_LE(node(layout, a).x, layout.columns - 1 + 1e-4F);
    EXPECT_LT(node(layout, a).layer, layout.layers);
    for (int b = a + 1; b <= kOperators; ++b) {
      if (node(layout, a).layer != node(layout, b).layer) continue;
      EXPECT_GE(std::fabs(node(layout, a).x - node(layout, b).x), 1 - 1e-4F) << a << " and " << b;
    }
  }
}

TEST(GraphLayout, NodesNeverOverlap) {
  for (const Named& named : kPatches) {
    SCOPED_TRACE(named.name);
    expect_apart(layout_graph(patch_of(named)));
  }
}

TEST(GraphLayout, StacksStandUpright) {
  const GraphLayout layout = layout_graph(patch_of(kPatches[0]));
  for (const int op : {4, 5, 6}) EXPECT_FLOAT_EQ(node(layout, op).x, node(layout, 3).x);
  EXPECT_FLOAT_EQ(node(layout, 2).x, node(layout, 1).x);
  EXPECT_LT(node(layout, 1).x, node(layout, 3).x);
  EXPECT_EQ(layout.layers, 4);
}

TEST(GraphLayout, UnusedOperatorsAreNotHeardAndKeepOffTheOutput) {
  const GraphLayout layout = layout_graph(patch_of({"2", {{2, 1}}, {1}}));
  EXPECT_TRUE(node(layout, 2).heard);
  for (const int op : {3, 4, 5, 6}) {
    EXPECT_FALSE(node(layout, op).heard);
    EXPECT_GT(node(layout, op).layer, 0);
  }
}

// Whatever a user draws: every pair of edges on top of a patch, cycles included.
TEST(GraphLayout, AnyEditLaysOut) {
  for (int a = 0; a < 36; ++a) {
    for (int b = a; b < 36; ++b) {
      Named named{"edited", {{6, 5}, {5, 4}, {4, 3}, {2, 1}}, {1, 3}};
      named.edges.emplace_back(a / 6 + 1, a % 6 + 1);
      named.edges.emplace_back(b / 6 + 1, b % 6 + 1);
      expect_apart(layout_graph(patch_of(named)));
      if (::testing::Test::HasFailure()) FAIL() << "edges " << a << " and " << b;
    }
  }
}

}  // namespace
}  // namespace sideband::ui
