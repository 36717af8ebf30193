#include "web/ui/widgets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "imgui_internal.h"

namespace sideband::ui {
namespace {

// What is drawn of something a finger can reach: taller than this it would crowd its neighbours.
Box face_of(const Box& reach) {
  return reach.inset(0, std::max(0.0F, 0.5F * (reach.height() - u(34))));
}

struct Item {
  std::array<char, 32> name{};
  Box box;
};

std::array<Item, 192> g_items;
int g_item_count = 0;
bool g_gesture_claimed = false;
bool g_double_clicked = false;

std::array<Backdrop, 32> g_backdrops;
int g_backdrop_count = 0;

// What lies outside a rounded corner, in the page's colour; the panel's border covers the seam.
void cut_corner(ImDrawList* draw, ImVec2 corner, ImVec2 centre, float angle, float radius) {
  constexpr int kSteps = 6;
  const ImU32 colour = palette().background;
  draw->PrimReserve(kSteps * 3, kSteps + 2);
  const unsigned base = draw->_VtxCurrentIdx;
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  draw->PrimWriteVtx(corner, uv, colour);
  for (int i = 0; i <= kSteps; ++i) {
    const float a = angle + 1.5707963F * static_cast<float>(i) / kSteps;
    draw->PrimWriteVtx({centre.x + radius * std::cos(a), centre.y + radius * std::sin(a)}, uv,
                       colour);
  }
  for (unsigned i = 0; i < kSteps; ++i) {
    draw->PrimWriteIdx(base);
    draw->PrimWriteIdx(base + 1 + i);
    draw->PrimWriteIdx(base + 2 + i);
  }
}

}  // namespace

void begin_backdrops() {
  g_backdrop_count = 0;
}
int backdrop_count() {
  return g_backdrop_count;
}
const Backdrop& backdrop(int index) {
  return g_backdrops[static_cast<std::size_t>(index)];
}

void add_backdrop(const Box& box, ImU32 colour) {
  if (g_backdrop_count == static_cast<int>(g_backdrops.size())) return;
  g_backdrops[static_cast<std::size_t>(g_backdrop_count++)] = {box, colour};
}

void begin_items() {
  g_item_count = 0;
}

void remember_item(const char* name, const Box& box) {
  if (g_item_count == static_cast<int>(g_items.size())) return;
  Item& item = g_items[static_cast<std::size_t>(g_item_count++)];
  std::strncpy(item.name.data(), name, item.name.size() - 1);
  item.box = box;
}

bool find_item(const char* name, Box& box) {
  for (int i = 0; i < g_item_count; ++i) {
    const Item& item = g_items[static_cast<std::size_t>(i)];
    if (std::strcmp(item.name.data(), name) != 0) continue;
    box = item.box;
    return true;
  }
  return false;
}

void claim_gesture() {
  g_gesture_claimed = true;
}
bool gesture_claimed() {
  return g_gesture_claimed;
}
void reset_gesture() {
  g_gesture_claimed = false;
}

void set_double_clicked(bool clicked) {
  g_double_clicked = clicked;
}
bool double_clicked() {
  return g_double_clicked;
}

Box panel(ImDrawList* draw, const Box& box, const char* title) {
  const Palette& colours = palette();
  const float r = std::round(u(10));
  const Box edge{std::round(box.x0), std::round(box.y0), std::round(box.x1), std::round(box.y1)};
  add_backdrop(edge, colours.panel);
  constexpr float kQuarter = 1.5707963F;
  cut_corner(draw, {edge.x0, edge.y0}, {edge.x0 + r, edge.y0 + r}, 2 * kQuarter, r);
  cut_corner(draw, {edge.x1, edge.y0}, {edge.x1 - r, edge.y0 + r}, 3 * kQuarter, r);
  cut_corner(draw, {edge.x1, edge.y1}, {edge.x1 - r, edge.y1 - r}, 0, r);
  cut_corner(draw, {edge.x0, edge.y1}, {edge.x0 + r, edge.y1 - r}, kQuarter, r);
  draw->AddRect(edge.min(), edge.max(), colours.line, r, 0, std::fmax(1.0F, u(1)));
  Box inner = box.inset(u(14), u(12));
  if (title != nullptr) {
    const Box head = inner.cut_top(u(16), u(8));
    text(draw, Type::kStrong, {head.x0, head.centre().y}, colours.text, title);
  }
  return inner;
}

Press pressable(const char* name, const Box& box) {
  remember_item(name, box);
  ImGui::SetCursorScreenPos(box.min());
  const bool pressed = ImGui::InvisibleButton(name, box.size());
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  return {pressed, hovered};
}

bool button(const char* name, const Box& reach, const char* label, ButtonLook look, bool on) {
  const auto [pressed, hovered] = pressable(name, reach);
  const Box box = face_of(reach);
  const bool active = ImGui::IsItemActive();

  const Palette& colours = palette();
  ImU32 fill = colours.raised;
  ImU32 ink = colours.text;
  if (look == ButtonLook::kPrimary || on) {
    fill = colours.accent;
    ink = colours.on_accent;
  } else if (look == ButtonLook::kDanger) {
    fill = mix(colours.raised, colours.bad, 0.25F);
    ink = mix(colours.bad, colours.text, 0.4F);
  } else if (look == ButtonLook::kQuiet) {
    fill = fade(colours.raised, 0);
    ink = colours.dim;
  }
  if (hovered)
    fill = look == ButtonLook::kQuiet && !on ? colours.raised : mix(fill, colours.text, 0.12F);
  if (active) fill = mix(fill, colours.background, 0.25F);
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled(box.min(), box.max(), fill, u(8));
  text(draw, Type::kStrong, box.centre(),
       hovered && look == ButtonLook::kQuiet ? colours.text : ink, label, Align::kCentre);
  return pressed;
}

bool toggle(const char* name, const Box& box, const char* label, bool on, ImU32 colour, ImU32 ink) {
  const auto [pressed, hovered] = pressable(name, box);
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const ImU32 off = hovered ? colours.hovered : colours.raised;
  draw->AddRectFilled(box.min(), box.max(),
                      on ? mix(colour, colours.text, hovered ? 0.12F : 0) : off, u(6));
  const ImU32 usual = on ? colours.background : colours.dim;
  text(draw, Type::kStrong, box.centre(), ink != 0 ? ink : usual, label, Align::kCentre);
  return pressed;
}

int segmented(const char* name, const Box& box, const char* const* labels, int count, int chosen) {
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const Box whole = face_of(box);
  draw->AddRectFilled(whole.min(), whole.max(), colours.raised, u(8));
  int pressed = -1;
  const float step = box.width() / static_cast<float>(count);
  for (int i = 0; i < count; ++i) {
    const Box part{box.x0 + step * static_cast<float>(i), box.y0,
                   box.x0 + step * static_cast<float>(i + 1), box.y1};
    char id[40];
    std::snprintf(id, sizeof id, "%s%d", name, i);
    remember_item(id, part);
    ImGui::SetCursorScreenPos(part.min());
    if (ImGui::InvisibleButton(id, part.size())) pressed = i;
    const bool hovered = ImGui::IsItemHovered();
    if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    const Box face = face_of(part).inset(u(3));
    if (i == chosen) {
      draw->AddRectFilled(face.min(), face.max(), mix(colours.raised, colours.text, 0.16F), u(6));
    } else if (hovered) {
      draw->AddRectFilled(face.min(), face.max(), colours.hovered, u(6));
    }
    text(draw, i == chosen ? Type::kStrong : Type::kBody, part.centre(),
         i == chosen ? colours.text : colours.dim, labels[i], Align::kCentre, face.width() - u(4));
  }
  return pressed;
}

int chooser(const char* name, const Box& box, const char* shown, const char* const* entries,
            int count) {
  remember_item(name, box);
  ImGui::SetCursorScreenPos(box.min());
  if (ImGui::InvisibleButton(name, box.size())) ImGui::OpenPopup(name);
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled(box.min(), box.max(), hovered ? colours.hovered : colours.raised, u(8));
  const float y = box.centre().y;
  text(draw, Type::kBody, {box.x0 + u(12), y}, colours.text, shown, Align::kLeft,
       box.width() - u(40));
  const float cx = box.x1 - u(16);
  const ImVec2 chevron[3] = {{cx - u(4), y - u(2)}, {cx, y + u(2.5F)}, {cx + u(4), y - u(2)}};
  draw->AddPolyline(chevron, 3, colours.dim, 0, u(1.6F));

  int chosen = -1;
  ImGui::SetNextWindowPos({box.x0, box.y1 + u(4)});
  const float row = u(38);
  const float height = std::fmin(row * static_cast<float>(count) + u(8), u(330));
  ImGui::SetNextWindowSize({box.width(), std::fmax(height, row)});
  if (ImGui::BeginPopup(name, ImGuiWindowFlags_NoMove)) {
    ImDrawList* const list = ImGui::GetWindowDrawList();
    ImVec2 at = ImGui::GetCursorScreenPos();
    at.y += u(4);
    for (int i = 0; i < count; ++i, at.y += row) {
      const Box line{at.x + u(4), at.y, at.x + box.width() - u(4), at.y + row};
      char id[40];
      std::snprintf(id, sizeof id, "%s_item%d", name, i);
      remember_item(id, line);
      ImGui::SetCursorScreenPos(line.min());
      if (ImGui::InvisibleButton(id, line.size())) {
        chosen = i;
        ImGui::CloseCurrentPopup();
      }
      if (ImGui::IsItemHovered())
        list->AddRectFilled(line.min(), line.max(), colours.hovered, u(6));
      const bool current = std::strcmp(entries[i], shown) == 0;
      text(list, current ? Type::kStrong : Type::kBody, {line.x0 + u(8), line.centre().y},
           current ? colours.accent : colours.text, entries[i], Align::kLeft, line.width() - u(16));
    }
    if (count == 0) {
      text(list, Type::kBody, {at.x + u(12), at.y + row * 0.4F}, colours.dim, "No models listed");
    }
    ImGui::EndPopup();
  }
  return chosen;
}

void tip(const char* title, const char* detail, const char* note) {
  const Palette& colours = palette();
  float width = text_width(Type::kStrong, title);
  int lines = 1;
  for (const char* words : {detail, note}) {
    if (words == nullptr) continue;
    width = std::fmax(width, text_width(Type::kBody, words));
    ++lines;
  }
  const ImVec2 size{width + u(24), u(16) + u(20) * static_cast<float>(lines)};
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, u(8));
  const bool open = ImGui::BeginTooltip();
  ImGui::PopStyleVar();
  if (!open) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetWindowPos();
  remember_item("tip", {at.x, at.y, at.x + size.x, at.y + size.y});
  ImVec2 line{at.x + u(12), at.y + u(18)};
  text(draw, Type::kStrong, line, colours.text, title);
  for (const char* words : {detail, note}) {
    if (words == nullptr) continue;
    line.y += u(20);
    text(draw, Type::kBody, line, colours.dim, words);
  }
  ImGui::Dummy(size);
  ImGui::EndTooltip();
}

}  // namespace sideband::ui
