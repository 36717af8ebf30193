#include "web/ui/graph_pointer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "imgui_internal.h"
#include "web/ui/graph_edit.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

std::size_t at(int op) {
  return static_cast<std::size_t>(op);
}

// What is being dragged, if anything: an operator towards another, or an edge's gain up and down.
struct Grab {
  int op = -1;
  GraphEdge edge;
  bool on_edge = false;
  float gain = 0;
  float last_y = 0;
};
Grab g_grab;

// An operator was let go where the pointer is.
void drop(const GraphPointer& pointer, int op, Context& context) {
  FmPatch patch = context.now.heard().patch;
  if (pointer.node >= 0) {
    toggle_edge(patch, op, pointer.node);
  } else if (pointer.bar) {
    toggle_carrier(patch, op);
  } else {
    return;
  }
  context.edit_patch(context.now.heard_slot(), patch);
}

void continue_drag(const GraphPointer& pointer, Context& context) {
  claim_gesture();
  if (ImGui::IsMouseDown(ImGuiMouseButton_Left)) return;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const ImVec2 start = ImGui::GetIO().MouseClickedPos[0];
  const bool far = std::hypot(mouse.x - start.x, mouse.y - start.y) > u(10);
  if (far) {
    drop(pointer, g_grab.op, context);
  } else {
    context.view.selected_op = g_grab.op;
  }
  g_grab.op = -1;
}

void drag_gain(Context& context) {
  claim_gesture();
  const ImGuiIO& io = ImGui::GetIO();
  if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    g_grab.on_edge = false;
    return;
  }
  if (io.MousePos.y == g_grab.last_y || !ImGui::IsMousePosValid()) return;
  constexpr float kPerPixel = 0.01F;
  const float fine = io.KeyShift ? 0.1F : 1.0F;
  g_grab.gain += fine * kPerPixel * (g_grab.last_y - io.MousePos.y) / scale();
  g_grab.gain = std::clamp(g_grab.gain, 0.01F, kMaxEdgeGain);
  g_grab.last_y = io.MousePos.y;
  FmPatch patch = context.now.heard().patch;
  patch.modulation[at(g_grab.edge.to)][at(g_grab.edge.from)] = g_grab.gain;
  context.edit_patch(context.now.heard_slot(), patch);
}

void remove_edge(const GraphEdge& edge, Context& context) {
  FmPatch patch = context.now.heard().patch;
  patch.modulation[at(edge.to)][at(edge.from)] = 0;
  context.edit_patch(context.now.heard_slot(), patch);
  g_grab.on_edge = false;
}

void press_edge(const GraphEdge& edge, const Context& context) {
  g_grab.on_edge = true;
  g_grab.edge = edge;
  g_grab.gain = context.now.heard().patch.modulation[at(edge.to)][at(edge.from)];
  g_grab.last_y = ImGui::GetIO().MousePos.y;
}

// A finger needs 44 px, but no more than half the way to the next operator.
Box reach_of(const Scene& scene, int op) {
  return node_box(scene, op).inset(std::min(0.0F, 0.5F * (scene.node - u(44))));
}

}  // namespace

int dragged_operator() {
  return g_grab.op;
}

GraphPointer handle_graph_pointer(const Scene& scene, const Box& inner, Context& context) {
  GraphPointer pointer;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (int op = 0; op < kOperators; ++op) {
    const Box reach = reach_of(scene, op);
    if (reach.contains(mouse)) pointer.node = op;
    char name[8];
    std::snprintf(name, sizeof name, "op%d", op + 1);
    remember_item(name, node_box(scene, op));
    ImGui::SetCursorScreenPos(reach.min());
    ImGui::InvisibleButton(name, reach.size());
    if (ImGui::IsItemActivated()) g_grab.op = op;
    if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  }
  pointer.bar = scene.bar.inset(0, -u(8)).contains(mouse);
  if (g_grab.op >= 0) {
    continue_drag(pointer, context);
    return pointer;
  }
  if (g_grab.on_edge) drag_gain(context);
  const bool over = ImGui::IsWindowHovered() && inner.contains(mouse);
  if (!over || pointer.node >= 0 || ImGui::IsAnyItemHovered()) return pointer;
  pointer.edge = edge_near(scene, mouse);
  if (pointer.edge < 0) return pointer;
  const GraphEdge& edge = scene.layout.edge[at(pointer.edge)];
  if (double_clicked()) {
    remove_edge(edge, context);
  } else if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
    press_edge(edge, context);
  }
  return pointer;
}

}  // namespace sideband::ui
