#include "web/ui/algorithm_menu.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/synth/fm/algorithms.h"
#include "web/ui/graph_edit.h"
#include "web/ui/graph_layout.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

constexpr std::size_t kConfigurations = kFmConfigurations.size();
constexpr std::size_t kEntries = kConfigurations + kDx7Algorithms.size();

const Algorithm& algorithm_of(std::size_t entry) {
  return entry < kConfigurations ? kFmConfigurations[entry].algorithm
                                 : kDx7Algorithms[entry - kConfigurations];
}

const GraphLayout& layout_of(std::size_t entry) {
  static std::array<GraphLayout, kEntries> layouts;
  static std::array<bool, kEntries> known{};
  if (!known[entry]) {
    FmPatch patch;
    set_routing(patch, algorithm_of(entry));
    layouts[entry] = layout_graph(patch);
    known[entry] = true;
  }
  return layouts[entry];
}

// The routing in miniature: squares and lines, carriers on a ground line.
void draw_miniature(ImDrawList* draw, const Box& box, const GraphLayout& layout, bool used_only) {
  const Palette& colours = palette();
  const float cell =
      std::min(box.width() / std::max(layout.columns, 3.0F),
               (box.height() - u(4)) / static_cast<float>(std::max(layout.layers, 3)));
  const float half = 0.27F * cell;
  const float x0 = box.centre().x - 0.5F * cell * layout.columns;
  const auto centre = [&](int op) {
    const NodePlace& node = layout.node[static_cast<std::size_t>(op)];
    return ImVec2{x0 + cell * (node.x + 0.5F),
                  box.y1 - u(4) - cell * (static_cast<float>(node.layer) + 0.5F)};
  };
  for (int i = 0; i < layout.edge_count; ++i) {
    const GraphEdge& edge = layout.edge[static_cast<std::size_t>(i)];
    const ImVec2 from = centre(edge.from);
    const ImVec2 to = centre(edge.to);
    if (edge.kind == EdgeKind::kForward) {
      draw->AddLine(from, to, colours.dim, u(1.25F));
      continue;
    }
    const float out = from.x + 0.5F * cell;
    const float rise = edge.kind == EdgeKind::kSelf ? 0.34F * cell : 0;
    const ImVec2 loop[] = {
        {from.x, from.y}, {out, from.y}, {out, to.y - rise}, {to.x, to.y - rise}, {to.x, to.y}};
    draw->AddPolyline(loop, 5, colours.faint, 0, u(1));
  }
  for (int op = 0; op < kOperators; ++op) {
    const NodePlace& node = layout.node[static_cast<std::size_t>(op)];
    if (used_only && !node.heard) continue;
    const ImVec2 c = centre(op);
    draw->AddRectFilled({c.x - half, c.y - half}, {c.x + half, c.y + half},
                        colours.op[static_cast<std::size_t>(op)], 0.4F * half);
    if (node.carrier) {
      draw->AddLine({c.x, c.y + half}, {c.x, box.y1 - u(1)}, colours.dim, u(1.25F));
    }
  }
  draw->AddLine({box.x0 + u(4), box.y1 - u(1)}, {box.x1 - u(4), box.y1 - u(1)}, colours.faint,
                u(1));
}

void choose(std::size_t entry, Context& context) {
  FmPatch patch = context.now.heard().patch;
  set_routing(patch, algorithm_of(entry), kFeedbackGain);
  if (entry < kConfigurations) patch.ratio = kFmConfigurations[entry].ratio;
  context.edit_patch(context.now.heard_slot(), patch);
}

void entry_label(std::size_t entry, char* words, std::size_t size) {
  if (entry < kConfigurations) {
    const std::string_view name = kFmConfigurations[entry].name;
    std::snprintf(words, size, "%.*s", static_cast<int>(name.size()), name.data());
  } else {
    std::snprintf(words, size, "%zu", entry - kConfigurations + 1);
  }
}

void draw_entry(const Box& box, std::size_t entry, Context& context) {
  char id[24];
  std::snprintf(id, sizeof id, "layout%zu", entry);
  remember_item(id, box);
  ImGui::SetCursorScreenPos(box.min());
  if (ImGui::InvisibleButton(id, box.size())) {
    choose(entry, context);
    ImGui::CloseCurrentPopup();
  }
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  if (ImGui::IsItemHovered()) draw->AddRectFilled(box.min(), box.max(), colours.hovered, u(6));
  Box inner = box.inset(u(4));
  const Box foot = inner.cut_bottom(u(15), u(1));
  draw_miniature(draw, inner, layout_of(entry), entry < kConfigurations);
  char words[24];
  entry_label(entry, words, sizeof words);
  text(draw, Type::kSmall, foot.centre(), colours.text, words, Align::kCentre, box.width());
}

}  // namespace

void algorithm_menu(const Box& box, Context& context) {
  constexpr const char* kName = "layouts";
  if (button(kName, box, "Layouts", ButtonLook::kPlain)) ImGui::OpenPopup(kName);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const int columns = std::clamp(static_cast<int>((screen.x / scale() - 40) / 78), 4, 8);
  const float cell_w = u(78);
  const float cell_h = u(78);
  const float wide = cell_w * static_cast<float>(columns);
  const auto rows_of = [&](std::size_t count) {
    return static_cast<float>((static_cast<int>(count) + columns - 1) / columns);
  };
  const float head = u(26);
  const float content =
      cell_h * (rows_of(kConfigurations) + rows_of(kDx7Algorithms.size())) + 2 * head + u(14);
  const float x = std::clamp(box.x0, u(6), std::max(u(6), screen.x - wide - u(22)));
  ImGui::SetNextWindowPos({x, box.y1 + u(4)});
  const float room = std::max(screen.y - box.y1 - u(16), u(200));
  ImGui::SetNextWindowSize({wide + u(16), std::min(content, room)});
  if (!ImGui::BeginPopup(kName, ImGuiWindowFlags_NoMove)) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  float y = origin.y + u(4);
  const auto section = [&](const char* title, std::size_t first, std::size_t count) {
    text(draw, Type::kStrong, {origin.x + u(12), y + 0.5F * head}, palette().dim, title);
    y += head;
    for (std::size_t i = 0; i < count; ++i) {
      const auto column = static_cast<float>(static_cast<int>(i) % columns);
      const auto row = static_cast<float>(static_cast<int>(i) / columns);
      const float cx = origin.x + u(4) + cell_w * column;
      const float cy = y + cell_h * row;
      draw_entry({cx, cy, cx + cell_w, cy + cell_h}, first + i, context);
    }
    y += cell_h * rows_of(count);
  };
  section("The papers' configurations", 0, kConfigurations);
  section("DX7 algorithms", kConfigurations, kDx7Algorithms.size());
  ImGui::EndPopup();
}

}  // namespace sideband::ui
