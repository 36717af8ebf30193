// The FM patch as a playing picture that can be re-wired: what is drawn and told; gestures are in
// graph_pointer.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "web/ui/algorithm_menu.h"
#include "web/ui/graph_draw.h"
#include "web/ui/graph_pointer.h"
#include "web/ui/notation.h"
#include "web/ui/panels.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

std::size_t at(int op) {
  return static_cast<std::size_t>(op);
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

void describe_edge(const Scene& scene, const Context& context, const GraphEdge& edge) {
  const FmPatch& patch = context.now.heard().patch;
  char title[64];
  char detail[96];
  std::snprintf(title, sizeof title, "%d → %d%s", edge.from + 1, edge.to + 1,
                edge.kind == EdgeKind::kForward ? "" : " · feedback");
  std::snprintf(detail, sizeof detail, "gain %.2f · index %.2f rad",
                static_cast<double>(patch.modulation[at(edge.to)][at(edge.from)]),
                static_cast<double>(index_of(scene, context, edge)));
  tip(title, detail, "Drag up or down to change the gain, double-click to remove");
}

void draw_rubber_band(ImDrawList* draw, const Scene& scene, const GraphPointer& pointer) {
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const ImVec2 from = scene.centre[at(dragged_operator())];
  const ImU32 colour = palette().op[at(dragged_operator())];
  if (pointer.node >= 0 && pointer.node != dragged_operator()) {
    const Box target = node_box(scene, pointer.node).inset(-u(5));
    draw->AddRect(target.min(), target.max(), colour, 0.25F * scene.node, 0, u(2));
  } else if (pointer.bar) {
    draw->AddRect(scene.bar.min(), scene.bar.max(), colour, u(7), 0, u(2));
  }
  draw->AddLine(from, mouse, fade(colour, 0.25F), u(7));
  draw->AddLine(from, mouse, colour, u(2));
  draw->AddCircleFilled(mouse, u(4), colour);
}

void draw_head(ImDrawList* draw, const Box& box, Context& context) {
  const Slot& slot = context.now.heard();
  const float y = box.y0 + u(20);
  const float half = context.view.narrow ? u(20) : u(14);
  const Box layouts{box.x1 - u(104), y - half, box.x1 - u(10), y + half};
  algorithm_menu(layouts, context);
  float right = layouts.x0 - u(8);
  if (!EditState::same_patch(slot.patch, slot.model_patch)) {
    const Box reset{right - u(72), y - half, right, y + half};
    if (button("reset_patch", reset, "Reset", ButtonLook::kPlain)) {
      context.edit_patch(context.now.heard_slot(), slot.model_patch);
    }
    text(draw, Type::kSmall, {reset.x0 - u(10), y}, palette().warn, "edited", Align::kRight);
    return;
  }
  text(draw, Type::kSmall, {right, y}, palette().dim, slot.name.data(), Align::kRight,
       right - box.x0 - u(70));
}

NodeLook look_of(int op, const GraphPointer& pointer, const Context& context) {
  const auto on = [&](Param param) { return context.now.value(param_of(param, op)) >= 0.5F; };
  NodeLook look;
  look.hot = pointer.node == op || dragged_operator() == op;
  look.selected = context.view.selected_op == op;
  look.mark = on(Param::kMute1) ? 'M' : on(Param::kSolo1) ? 'S' : '\0';
  return look;
}

}  // namespace

void draw_graph(const Box& box, Context& context) {
  remember_item("graph", box);
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const Box inner = panel(draw, box, "Patch");
  const Slot& slot = context.now.heard();
  if (!slot.has_patch) {
    text(draw, Type::kBody, inner.centre(), palette().dim, "This model has no FM patch",
         Align::kCentre);
    return;
  }
  draw_head(draw, box, context);
  const Scene scene = make_scene(inner, context);
  remember_item("output_bar", scene.bar);
  const GraphPointer pointer = handle_graph_pointer(scene, inner, context);

  draw->PushClipRect(box.min(), box.max(), true);
  draw_output_bar(draw, scene, context, pointer.bar && dragged_operator() >= 0);
  draw_edges(draw, scene, context, pointer.edge);
  for (int op = 0; op < kOperators; ++op) {
    draw_node(draw, scene, op, look_of(op, pointer, context));
  }
  if (dragged_operator() >= 0) draw_rubber_band(draw, scene, pointer);
  draw->PopClipRect();

  const bool over_graph = ImGui::IsWindowHovered() && inner.contains(ImGui::GetIO().MousePos);
  if (!over_graph || dragged_operator() >= 0) return;
  if (pointer.node >= 0) {
    describe_node(scene, slot.patch, pointer.node);
  } else if (pointer.edge >= 0) {
    describe_edge(scene, context, scene.layout.edge[at(pointer.edge)]);
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  } else if (double_clicked()) {
    context.edit_patch(context.now.heard_slot(), slot.model_patch);
  }
}

}  // namespace sideband::ui
