// The slider: a thin track filled from the resting value, moved by relative drags.
#include <cmath>
#include <cstdio>

#include "imgui_internal.h"
#include "web/ui/param_curve.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

// Of the slider being dragged; there is only ever one.
struct Drag {
  bool engaged = false;
  float position = 0;
  float last_x = 0;
};
Drag g_drag;

constexpr float kTouchSlopCssPx = 7;
constexpr float kKnobReachCssPx = 14;

float knob_x(const Box& track, const ParamInfo& info, float value) {
  return track.x0 + track.width() * position_of(info, value);
}

void begin_drag(const Box& track, const ParamInfo& info, float value, const ImGuiIO& io) {
  g_drag = {};
  g_drag.position = position_of(info, value);
  g_drag.last_x = io.MousePos.x;
  if (io.MouseSource == ImGuiMouseSource_TouchScreen) return;  // could be the start of a scroll
  g_drag.engaged = true;
  const bool on_track = std::fabs(io.MousePos.y - track.centre().y) < u(10);
  if (on_track && std::fabs(io.MousePos.x - knob_x(track, info, value)) > u(kKnobReachCssPx)) {
    g_drag.position = (io.MousePos.x - track.x0) / track.width();
  }
}

// Where the drag has brought the value to.
float continue_drag(const Box& track, const ParamInfo& info, float value, const ImGuiIO& io) {
  const ImVec2 moved = ImGui::GetMouseDragDelta(ImGuiMouseButton_Left, 0);
  if (!g_drag.engaged) {
    if (std::fabs(moved.x) < u(kTouchSlopCssPx) || std::fabs(moved.x) < std::fabs(moved.y)) {
      g_drag.last_x = io.MousePos.x;
      return value;
    }
    g_drag.engaged = true;
    g_drag.last_x = io.MousePos.x;
  }
  claim_gesture();
  if (io.MousePos.x == g_drag.last_x || !ImGui::IsMousePosValid()) return value;
  const float fine = io.KeyShift ? 0.1F : 1.0F;
  g_drag.position += fine * (io.MousePos.x - g_drag.last_x) / track.width();
  g_drag.last_x = io.MousePos.x;
  return value_at(info, g_drag.position);
}

void draw_slider(const Box& box, const Box& track, const char* label, const ParamInfo& info,
                 float value, ImU32 colour, bool hot, const char* shown) {
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const float text_y = box.y0 + u(10);
  char words[32];
  if (shown != nullptr) {
    std::snprintf(words, sizeof words, "%s", shown);
  } else {
    write_value(words, sizeof words, info, value);
  }
  const bool resting =
      std::fabs(position_of(info, value) - position_of(info, info.initial)) < 1e-4F;
  text(draw, Type::kBody, {box.x1, text_y}, resting && !hot ? colours.dim : colours.text, words,
       Align::kRight);
  text(draw, Type::kBody, {box.x0, text_y}, hot ? colours.text : colours.dim, label, Align::kLeft,
       box.width() - text_width(Type::kBody, words) - u(6));

  const float y = track.centre().y;
  const float x = knob_x(track, info, value);
  const float rest = knob_x(track, info, info.initial);
  const float half = std::fmax(1.0F, std::round(u(1.5F)));
  const float middle = std::round(y);
  const auto bar = [&](float x0, float x1, ImU32 ink) {
    draw->AddRectFilled({x0, middle - half}, {x1, middle + half}, ink);
  };
  bar(track.x0, track.x1, colours.hovered);
  bar(std::fmin(x, rest), std::fmax(x, rest), colour);
  draw->AddRectFilled({rest - u(0.75F), middle - u(5)}, {rest + u(0.75F), middle + u(5)},
                      colours.faint);
  draw->AddCircleFilled({x, middle}, u(hot ? 7.0F : 5.5F),
                        hot ? mix(colour, colours.text, 0.35F) : colour);
}

}  // namespace

bool slider(const char* name, const Box& box, const char* label, const ParamInfo& info,
            float& value, ImU32 colour, const char* shown) {
  remember_item(name, box);
  if (colour == 0) colour = palette().accent;
  ImGui::SetCursorScreenPos(box.min());
  ImGui::InvisibleButton(name, box.size());
  const bool hovered = ImGui::IsItemHovered();
  const bool active = ImGui::IsItemActive();
  const ImGuiIO& io = ImGui::GetIO();
  const Box track{box.x0 + u(6), box.y0 + u(20), box.x1 - u(6), box.y0 + u(34)};

  float next = value;
  if (ImGui::IsItemActivated()) {
    begin_drag(track, info, value, io);
    if (g_drag.engaged) next = value_at(info, g_drag.position);
  }
  if (hovered && double_clicked()) {
    next = info.initial;
    g_drag.position = position_of(info, next);
    g_drag.last_x = io.MousePos.x;
  } else if (active && !ImGui::IsItemActivated()) {
    next = continue_drag(track, info, value, io);
  }
  const bool changed = next != value;
  value = next;
  if (ImGui::IsRectVisible(box.min(), box.max())) {
    draw_slider(box, track, label, info, value, colour, hovered || active, shown);
  }
  if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  if (hovered && !active && ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
    char words[128];
    std::snprintf(words, sizeof words, "%.*s", static_cast<int>(info.text.size()),
                  info.text.data());
    tip(words, "Drag to change, Shift for fine, double-click to reset");
  }
  return changed;
}

}  // namespace sideband::ui
