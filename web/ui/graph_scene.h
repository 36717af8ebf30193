// The patch graph's geometry on the screen: where nodes stand, how edges run, what is below a
// point.
#pragma once

#include <array>

#include "web/ui/box.h"
#include "web/ui/context.h"
#include "web/ui/graph_layout.h"

namespace sideband::ui {

// The layout on the screen, and what each operator does at the shown frame.
struct Scene {
  GraphLayout layout;
  Box area;  // of the nodes
  Box bar;   // the output
  float cell_w = 0, cell_h = 0, node = 0;
  std::array<ImVec2, kOperators> centre{};
  std::array<float, kOperators> level{};     // radians for a modulator
  std::array<float, kOperators> fullness{};  // level / i_max, 0…1
  std::array<float, kOperators> ratio{};     // with the ratio slider
  float f0_hz = 0;
  float i_max = 1;
};

Scene make_scene(const Box& inner, const Context& context);

Box node_box(const Scene& scene, int op);

// The four points of an edge's curve.
void route(const Scene& scene, const GraphEdge& edge, ImVec2* p);

// Which edge of the layout passes within reach of a point, or −1.
int edge_near(const Scene& scene, ImVec2 point);

}  // namespace sideband::ui
