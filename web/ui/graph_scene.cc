#include "web/ui/graph_scene.h"

#include <algorithm>
#include <cmath>

#include "web/ui/theme.h"

namespace sideband::ui {
namespace {

std::size_t at(int op) {
  return static_cast<std::size_t>(op);
}

}  // namespace

Scene make_scene(const Box& inner, const Context& context) {
  Scene scene;
  const FmPatch& patch = context.now.heard().patch;
  scene.layout = layout_graph(patch);
  scene.area = inner;
  scene.bar = scene.area.cut_bottom(u(26), u(22));
  const int layers = std::max(scene.layout.layers, 2);
  scene.cell_w = scene.area.width() / std::max(scene.layout.columns, 2.0F);
  scene.cell_h = std::min(scene.area.height() / static_cast<float>(layers), u(108));
  scene.node = std::min({u(58), scene.cell_w * 0.72F, scene.cell_h * 0.62F});
  scene.cell_w = std::min(scene.cell_w, scene.node * 2.1F);
  scene.i_max = patch.i_max > 0 ? patch.i_max : 1.0F;
  scene.f0_hz = context.shown(Channel::kF0);
  const float width = scene.cell_w * scene.layout.columns;
  const float x0 = scene.area.centre().x - 0.5F * width;
  for (int op = 0; op < kOperators; ++op) {
    const NodePlace& place = scene.layout.node[at(op)];
    scene.centre[at(op)] = {
        std::round(x0 + scene.cell_w * (place.x + 0.5F)),
        std::round(scene.area.y1 - scene.cell_h * (static_cast<float>(place.layer) + 0.5F))};
    scene.level[at(op)] = context.shown(Channel::kLevel1 + op);
    scene.fullness[at(op)] = std::clamp(scene.level[at(op)] / scene.i_max, 0.0F, 1.0F);
    scene.ratio[at(op)] =
        patch.ratio[at(op)] * context.now.param[static_cast<std::size_t>(Param::kRatio1) + at(op)];
  }
  return scene;
}

Box node_box(const Scene& scene, int op) {
  const ImVec2 c = scene.centre[at(op)];
  const float half = std::round(0.5F * scene.node);
  return {c.x - half, c.y - half, c.x + half, c.y + half};
}

void route(const Scene& scene, const GraphEdge& edge, ImVec2* p) {
  const Box from = node_box(scene, edge.from);
  const Box to = node_box(scene, edge.to);
  const float gap = u(2);
  if (edge.kind == EdgeKind::kForward) {
    p[0] = {from.centre().x, from.y1 + gap};
    p[3] = {to.centre().x, to.y0 - gap};
    const float bend = 0.45F * (p[3].y - p[0].y);
    float aside = 0;
    // A node in between, on the straight way: go round it.
    for (int op = 0; op < kOperators; ++op) {
      const Box other = node_box(scene, op);
      if (op == edge.from || op == edge.to || other.y0 < p[0].y || other.y1 > p[3].y) continue;
      const float share = (other.centre().y - p[0].y) / (p[3].y - p[0].y);
      const float x = p[0].x + share * (p[3].x - p[0].x);
      if (std::fabs(x - other.centre().x) < 0.7F * scene.node) {
        aside = (x < other.centre().x ? -1.0F : 1.0F) * 1.25F * scene.node;
      }
    }
    p[1] = {p[0].x + aside, p[0].y + bend};
    p[2] = {p[3].x + aside, p[3].y - bend};
    return;
  }
  // Feedback leaves at the right and comes back in at the right, as the loop on a DX7's panel.
  const bool self = edge.kind == EdgeKind::kSelf;
  const float y_out = self ? from.centre().y + 0.28F * scene.node : from.centre().y;
  const float y_in = self ? to.centre().y - 0.28F * scene.node : to.centre().y;
  const float reach =
      self ? 0.62F * scene.node : 0.45F * scene.node + 0.16F * std::fabs(y_out - y_in);
  p[0] = {from.x1 + gap, y_out};
  p[3] = {to.x1 + gap, y_in};
  p[1] = {std::max(p[0].x, p[3].x) + reach, p[0].y};
  p[2] = {std::max(p[0].x, p[3].x) + reach, p[3].y};
}

int edge_near(const Scene& scene, ImVec2 point) {
  int nearest = -1;
  float least = u(11);
  for (int i = 0; i < scene.layout.edge_count; ++i) {
    ImVec2 p[4];
    route(scene, scene.layout.edge[at(i)], p);
    constexpr int kPieces = 16;
    for (int piece = 0; piece <= kPieces; ++piece) {
      const float t = static_cast<float>(piece) / kPieces;
      const float s = 1 - t;
      const float w[4] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};
      float x = 0;
      float y = 0;
      for (int k = 0; k < 4; ++k) {
        x += w[k] * p[k].x;
        y += w[k] * p[k].y;
      }
      const float distance = std::hypot(x - point.x, y - point.y);
      if (distance >= least) continue;
      least = distance;
      nearest = i;
    }
  }
  return nearest;
}

}  // namespace sideband::ui
