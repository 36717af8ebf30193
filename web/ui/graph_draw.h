// How the patch graph looks: nodes fill with their level, edges glow with their modulation.
#pragma once

#include "web/ui/graph_scene.h"

namespace sideband::ui {

// Radians that an edge puts on its target at the shown frame.
float index_of(const Scene& scene, const Context& context, const GraphEdge& edge);

void draw_edges(ImDrawList* draw, const Scene& scene, const Context& context, int hot_edge);

struct NodeLook {
  bool hot = false;
  bool selected = false;
  char mark = 0;  // M: muted, S: solo
};
void draw_node(ImDrawList* draw, const Scene& scene, int op, const NodeLook& look);

void draw_output_bar(ImDrawList* draw, const Scene& scene, const Context& context, bool hot);

}  // namespace sideband::ui
