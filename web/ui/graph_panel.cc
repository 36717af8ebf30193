// The FM patch as a playing picture: nodes fill with their level, edges glow with the modulation.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "imgui_internal.h"
#include "web/ui/graph_layout.h"
#include "web/ui/notation.h"
#include "web/ui/panels.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

std::size_t at(int op) {
  return static_cast<std::size_t>(op);
}

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

// 0…1; an index of 1.5 rad, where the sidebands overtake the carrier, is at 0.63.
float strength_of_index(float index_rad) {
  return 1.0F - std::exp(-std::fabs(index_rad) / 1.5F);
}

void stroke(ImDrawList* draw, const ImVec2* p, ImU32 colour, float strength) {
  const auto line = [&](float opacity, float width) {
    if (p[0].x == p[3].x && p[1].x == p[0].x) {
      draw->AddLine(p[0], p[3], fade(colour, opacity), u(width));
    } else {
      draw->AddBezierCubic(p[0], p[1], p[2], p[3], fade(colour, opacity), u(width), 24);
    }
  };
  if (strength > 0.02F) {
    line(0.07F * strength, 5.0F + 22.0F * strength);
    line(0.13F * strength, 3.5F + 11.0F * strength);
  }
  line(0.30F + 0.70F * strength, 1.25F + 3.75F * strength);
}

void arrow_head(ImDrawList* draw, ImVec2 tip_at, ImVec2 from, ImU32 colour, float size) {
  const float dx = tip_at.x - from.x;
  const float dy = tip_at.y - from.y;
  const float length = std::fmax(std::sqrt(dx * dx + dy * dy), 0.001F);
  const ImVec2 d{dx / length * size, dy / length * size};
  draw->AddTriangleFilled(tip_at, {tip_at.x - d.x - 0.6F * d.y, tip_at.y - d.y + 0.6F * d.x},
                          {tip_at.x - d.x + 0.6F * d.y, tip_at.y - d.y - 0.6F * d.x}, colour);
}

// The four points of an edge's curve.
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

float index_of(const Scene& scene, const FmPatch& patch, const GraphEdge& edge) {
  return scene.level[at(edge.from)] * patch.modulation[at(edge.to)][at(edge.from)];
}

void draw_edges(ImDrawList* draw, const Scene& scene, const FmPatch& patch) {
  for (int i = 0; i < scene.layout.edge_count; ++i) {
    const GraphEdge& edge = scene.layout.edge[at(i)];
    const ImU32 colour = palette().op[at(edge.from)];
    const float strength = strength_of_index(index_of(scene, patch, edge));
    ImVec2 p[4];
    route(scene, edge, p);
    const float head = u(6.0F + 3.0F * strength);
    const ImVec2 tip_at = p[3];
    if (edge.kind == EdgeKind::kForward) p[3].y -= 0.6F * head;
    if (edge.kind != EdgeKind::kForward) p[3].x += 0.6F * head;
    stroke(draw, p, colour, strength);
    arrow_head(draw, tip_at,
               edge.kind == EdgeKind::kForward ? ImVec2{p[3].x, p[3].y - head}
                                               : ImVec2{p[3].x + head, p[3].y},
               fade(colour, 0.45F + 0.55F * strength), head);
  }
  for (int op = 0; op < kOperators; ++op) {
    if (!scene.layout.node[at(op)].carrier) continue;
    const Box box = node_box(scene, op);
    const ImVec2 from{box.centre().x, box.y1 + u(2)};
    const ImVec2 to{box.centre().x, scene.bar.y0};
    const ImVec2 p[4] = {from, from, to, to};
    stroke(draw, p, palette().op[at(op)], scene.fullness[at(op)]);
  }
}

void draw_node(ImDrawList* draw, const Scene& scene, int op, bool hot) {
  const Palette& colours = palette();
  const Box box = node_box(scene, op);
  const float full = scene.fullness[at(op)];
  const float presence = scene.layout.node[at(op)].heard ? 1.0F : 0.4F;
  const ImU32 colour = colours.op[at(op)];
  const float rounding = 0.2F * scene.node;
  for (int ring = 3; ring > 0 && full > 0.02F; --ring) {
    const float grow = u(2.5F) * static_cast<float>(ring);
    fill_rounded(draw, {box.x0 - grow, box.y0 - grow}, {box.x1 + grow, box.y1 + grow},
                 fade(colour, 0.06F * full * presence), rounding + grow);
  }
  fill_rounded(draw, box.min(), box.max(), mix(colours.panel, colour, hot ? 0.22F : 0.10F),
               rounding);
  const float surface = std::round(box.y1 - full * box.height());
  draw->PushClipRect({box.x0, surface}, box.max(), true);
  fill_rounded(draw, box.min(), box.max(), fade(colour, presence), rounding);
  draw->PopClipRect();
  draw->AddRect(box.min(), box.max(), fade(colour, (hot ? 1.0F : 0.8F) * presence), rounding, 0,
                u(hot ? 2.0F : 1.5F));

  char number[4];
  char ratio[16] = "×";
  std::snprintf(number, sizeof number, "%d", op + 1);
  write_ratio(ratio + 2, sizeof ratio - 2, scene.ratio[at(op)]);
  const ImVec2 c = box.centre();
  const bool roomy = scene.node > u(40);
  const auto label = [&](ImU32 ink, ImU32 ink_small) {
    text(draw, roomy ? Type::kTitle : Type::kStrong, {c.x, c.y - (roomy ? u(9) : u(7))}, ink,
         number, Align::kCentre);
    text(draw, Type::kSmall, {c.x, c.y + (roomy ? u(12) : u(8))}, ink_small, ratio, Align::kCentre);
  };
  // Light upon the empty part, dark upon the filled one.
  draw->PushClipRect({box.x0 - u(8), box.y0}, {box.x1 + u(8), surface}, true);
  label(fade(colours.text, presence), fade(mix(colour, colours.text, 0.5F), presence));
  draw->PopClipRect();
  draw->PushClipRect({box.x0 - u(8), surface}, {box.x1 + u(8), box.y1}, true);
  label(colours.background, colours.background);
  draw->PopClipRect();
}

void draw_output_bar(ImDrawList* draw, const Scene& scene, const Context& context, bool hot) {
  const Palette& colours = palette();
  const Box& bar = scene.bar;
  draw->AddRectFilled(bar.min(), bar.max(), hot ? colours.hovered : colours.raised, u(7));
  const float full = std::clamp(1.0F + context.now.output.level_db / -kMeterFloorDb, 0.0F, 1.0F);
  draw->AddRectFilled({bar.x0, bar.y0}, {bar.x1, bar.y0 + u(2.5F)},
                      fade(colours.text, 0.25F + 0.75F * full), u(1.2F));
  text(draw, Type::kSmall, {bar.x0 + u(12), bar.centre().y + u(1)}, colours.dim, "OUTPUT");
  if (!context.view.noise_heard) return;
  // The noise branch goes straight to the output.
  const float noise = context.shown(Channel::kNoiseLevel);
  const float db = 20.0F * std::log10(std::fmax(noise, 1e-5F));
  const float level = std::clamp(1.0F + db / 80.0F, 0.0F, 1.0F);
  const float x = bar.x1 - u(12);
  text(draw, Type::kSmall, {x - u(52), bar.centre().y + u(1)}, colours.dim, "NOISE", Align::kRight);
  draw->AddRectFilled({x - u(44), bar.centre().y - u(1)}, {x, bar.centre().y + u(3)},
                      colours.hovered, u(2));
  draw->AddRectFilled({x - u(44), bar.centre().y - u(1)},
                      {x - u(44) + u(44) * level, bar.centre().y + u(3)}, colours.text, u(2));
}

void describe_node(const Scene& scene, const FmPatch& patch, int op) {
  const bool carrier = patch.carrier[at(op)] != 0;
  char title[64];
  char detail[96];
  char ratio[16];
  write_ratio(ratio, sizeof ratio, scene.ratio[at(op)]);
  std::snprintf(title, sizeof title, "Operator %d · %s", op + 1,
                carrier                           ? "carrier"
                : scene.layout.node[at(op)].heard ? "modulator"
                                                  : "not heard");
  const double hz = static_cast<double>(scene.f0_hz * scene.ratio[at(op)]);
  if (carrier) {
    char level[24];
    write_signed(level, sizeof level, 20.0F * std::log10(scene.fullness[at(op)] + 1e-6F), 1, "dB");
    std::snprintf(detail, sizeof detail, "level %s · ratio %s · %.1f Hz", level, ratio, hz);
  } else {
    std::snprintf(detail, sizeof detail, "index %.2f rad · ratio %s · %.1f Hz",
                  static_cast<double>(scene.level[at(op)]), ratio, hz);
  }
  tip(title, detail, "Drag to another operator or to the output to re-route");
}

// Which operator is being dragged; −1: none.
int g_dragged = -1;

void toggle_edge(FmPatch& patch, int from, int to) {
  float& gain = patch.modulation[at(to)][at(from)];
  gain = gain == 0 ? 1.0F : 0.0F;
}

struct Pointer {
  int node = -1;  // below the pointer
  bool bar = false;
};

Pointer handle_nodes(const Scene& scene, Context& context) {
  Pointer pointer;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (int op = 0; op < kOperators; ++op) {
    const Box box = node_box(scene, op);
    const Box reach = box.inset(std::min(0.0F, 0.5F * (scene.node - u(44))));
    if (reach.contains(mouse)) pointer.node = op;
    char name[8];
    std::snprintf(name, sizeof name, "op%d", op + 1);
    remember_item(name, box);
    ImGui::SetCursorScreenPos(reach.min());
    ImGui::InvisibleButton(name, reach.size());
    if (ImGui::IsItemActivated()) g_dragged = op;
    if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  }
  pointer.bar = scene.bar.inset(0, -u(8)).contains(mouse);
  if (g_dragged < 0) return pointer;
  claim_gesture();
  if (ImGui::IsMouseDown(ImGuiMouseButton_Left)) return pointer;
  const ImVec2 moved = ImGui::GetIO().MouseClickedPos[0];
  const bool far = std::hypot(mouse.x - moved.x, mouse.y - moved.y) > u(10);
  FmPatch patch = context.now.heard().patch;
  if (far && pointer.node >= 0) {
    toggle_edge(patch, g_dragged, pointer.node);
    context.edit_patch(context.now.heard_slot(), patch);
  } else if (far && pointer.bar) {
    float& gain = patch.carrier[at(g_dragged)];
    gain = gain == 0 ? 1.0F : 0.0F;
    context.edit_patch(context.now.heard_slot(), patch);
  }
  g_dragged = -1;
  return pointer;
}

void draw_rubber_band(ImDrawList* draw, const Scene& scene, const Pointer& pointer) {
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const ImVec2 from = scene.centre[at(g_dragged)];
  const ImU32 colour = palette().op[at(g_dragged)];
  if (pointer.node >= 0 && pointer.node != g_dragged) {
    const Box target = node_box(scene, pointer.node).inset(-u(5));
    draw->AddRect(target.min(), target.max(), colour, 0.25F * scene.node, 0, u(2));
  } else if (pointer.bar) {
    draw->AddRect(scene.bar.min(), scene.bar.max(), colour, u(7), 0, u(2));
  }
  draw->AddLine(from, mouse, fade(colour, 0.25F), u(7));
  draw->AddLine(from, mouse, colour, u(2));
  draw->AddCircleFilled(mouse, u(4), colour);
}

bool same_routing(const FmPatch& a, const FmPatch& b) {
  return a.modulation == b.modulation && a.carrier == b.carrier && a.ratio == b.ratio;
}

void draw_head(ImDrawList* draw, const Box& box, Context& context) {
  const Slot& slot = context.now.heard();
  const float y = box.y0 + u(20);
  if (!same_routing(slot.patch, slot.model_patch)) {
    const Box reset{box.x1 - u(84), y - u(14), box.x1 - u(10), y + u(14)};
    if (button("reset_patch", reset, "Reset", ButtonLook::kPlain)) {
      context.edit_patch(context.now.heard_slot(), slot.model_patch);
    }
    text(draw, Type::kSmall, {reset.x0 - u(10), y}, palette().warn, "edited", Align::kRight);
    return;
  }
  text(draw, Type::kSmall, {box.x1 - u(14), y}, palette().dim, slot.name.data(), Align::kRight,
       box.width() - u(130));
}

}  // namespace

void draw_graph(const Box& box, Context& context) {
  remember_item("graph", box);
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const Box inner = panel(draw, box, "Patch");
  draw_head(draw, box, context);
  const Slot& slot = context.now.heard();
  if (!slot.has_patch) {
    text(draw, Type::kBody, inner.centre(), palette().dim, "This model has no FM patch",
         Align::kCentre);
    return;
  }
  const Scene scene = make_scene(inner, context);
  remember_item("output_bar", scene.bar);
  const Pointer pointer = handle_nodes(scene, context);

  draw->PushClipRect(box.min(), box.max(), true);
  draw_output_bar(draw, scene, context, pointer.bar && g_dragged >= 0);
  draw_edges(draw, scene, slot.patch);
  for (int op = 0; op < kOperators; ++op) {
    draw_node(draw, scene, op, pointer.node == op || g_dragged == op);
  }
  if (g_dragged >= 0) draw_rubber_band(draw, scene, pointer);
  draw->PopClipRect();

  const bool over_graph = ImGui::IsWindowHovered() && inner.contains(ImGui::GetIO().MousePos);
  if (pointer.node >= 0 && g_dragged < 0 && over_graph) {
    describe_node(scene, slot.patch, pointer.node);
  }
  if (over_graph && pointer.node < 0 && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    context.edit_patch(context.now.heard_slot(), slot.model_patch);
  }
}

}  // namespace sideband::ui
