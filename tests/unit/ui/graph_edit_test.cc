// Gestures in the patch graph: edges come and go, loops become feedback, carriers toggle.
#include "web/ui/graph_edit.h"

#include <gtest/gtest.h>

#include "core/synth/fm/algorithms.h"
#include "web/ui/graph_layout.h"

namespace sideband::ui {
namespace {

FmPatch strings() {
  FmPatch patch;
  patch.carrier = {1, 0, 1, 0, 0, 0};
  set_routing(patch, kFmConfigurations[0].algorithm);  // 6 > 5 > 4 > 3, 2 > 1
  return patch;
}

EdgeKind kind_of(const FmPatch& patch, int from, int to) {
  const GraphLayout layout = layout_graph(patch);
  for (int i = 0; i < layout.edge_count; ++i) {
    const GraphEdge& edge = layout.edge[static_cast<std::size_t>(i)];
    if (edge.from == from && edge.to == to) return edge.kind;
  }
  ADD_FAILURE() << "no edge " << from + 1 << " → " << to + 1;
  return EdgeKind::kForward;
}

TEST(GraphEdit, AnEdgeIsAddedAtFullGainAndTakenAwayAgain) {
  FmPatch patch = strings();
  toggle_edge(patch, 3, 0);
  EXPECT_EQ(patch.modulation[0][3], 1);
  EXPECT_EQ(kind_of(patch, 3, 0), EdgeKind::kForward);
  toggle_edge(patch, 3, 0);
  EXPECT_EQ(patch.modulation, strings().modulation);
}

TEST(GraphEdit, ALoopIsFeedbackWithLessGain) {
  FmPatch patch = strings();
  toggle_edge(patch, 2, 5);  // 3 → 6 closes 6 > 5 > 4 > 3
  EXPECT_EQ(patch.modulation[5][2], kFeedbackGain);
  EXPECT_EQ(kind_of(patch, 2, 5), EdgeKind::kFeedback);
  toggle_edge(patch, 0, 0);
  EXPECT_EQ(patch.modulation[0][0], kFeedbackGain);
  EXPECT_EQ(kind_of(patch, 0, 0), EdgeKind::kSelf);
}

TEST(GraphEdit, AnEdgeUpwardsThatClosesNoLoopIsAnOrdinaryOne) {
  FmPatch patch = strings();
  toggle_edge(patch, 0, 2);  // 1 → 3
  EXPECT_EQ(patch.modulation[2][0], 1);
  EXPECT_EQ(kind_of(patch, 0, 2), EdgeKind::kForward);
}

TEST(GraphEdit, CarriersToggle) {
  FmPatch patch = strings();
  toggle_carrier(patch, 1);
  EXPECT_EQ(patch.carrier[1], 1);
  toggle_carrier(patch, 1);
  toggle_carrier(patch, 0);
  EXPECT_EQ(patch.carrier, (std::array<float, 6>{0, 0, 1, 0, 0, 0}));
}

TEST(GraphEdit, EveryLayoutDrawsOneLoopOrNone) {
  for (const Algorithm& algorithm : kDx7Algorithms) {
    FmPatch patch = strings();
    set_routing(patch, algorithm, kFeedbackGain);
    const GraphLayout layout = layout_graph(patch);
    int loops = 0;
    for (int i = 0; i < layout.edge_count; ++i) {
      loops += layout.edge[static_cast<std::size_t>(i)].kind != EdgeKind::kForward ? 1 : 0;
    }
    EXPECT_EQ(loops, 1) << algorithm.edges;
    for (const NodePlace& node : layout.node) EXPECT_TRUE(node.heard);
  }
}

}  // namespace
}  // namespace sideband::ui
