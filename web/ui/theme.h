// Colours, type and scale: one place for how everything looks.
#pragma once

#include <array>

#include "core/synth/patch.h"
#include "imgui.h"

namespace sideband::ui {

constexpr ImU32 rgb(unsigned hex) {
  return IM_COL32((hex >> 16U) & 255U, (hex >> 8U) & 255U, hex & 255U, 255U);
}

// `colour` at a share of its opacity.
inline ImU32 fade(ImU32 colour, float opacity) {
  const float alpha = static_cast<float>((colour >> IM_COL32_A_SHIFT) & 255U) * opacity;
  const auto byte = static_cast<ImU32>(alpha < 0 ? 0 : alpha > 255 ? 255 : alpha + 0.5F);
  return (colour & ~IM_COL32_A_MASK) | (byte << IM_COL32_A_SHIFT);
}

ImU32 mix(ImU32 from, ImU32 to, float share);

struct Palette {
  ImU32 background, panel, raised, hovered, line;
  ImU32 text, dim, faint;   // dim still has a contrast of 4.5 : 1 on a panel
  ImU32 accent, on_accent;  // what can be pressed or is on, and text upon it
  ImU32 good, warn, bad;
  std::array<ImU32, kOperators> op;  // operator 1…6: equal lightness, so that none shouts
};

const Palette& palette();
void set_light(bool light);
bool is_light();

enum class Type { kSmall, kBody, kStrong, kTitle, kCount };
ImFont* font(Type type);

// CSS pixels → device pixels.
float u(float css_px);
float scale();

// Rasterises the fonts and sets the style for `device_pixels_per_css_px`. True if that changed.
bool set_scale(float device_pixels_per_css_px);

// A rounded rectangle without soft edges, a third of the triangles: for what a border or another
// shape covers the edge of.
void fill_rounded(ImDrawList* draw, ImVec2 min, ImVec2 max, ImU32 colour, float rounding);

enum class Align { kLeft, kCentre, kRight };

// Text whose vertical middle is at `at.y`, not wider than `max_width` (0: any width).
void text(ImDrawList* draw, Type type, ImVec2 at, ImU32 colour, const char* words,
          Align align = Align::kLeft, float max_width = 0);
float text_width(Type type, const char* words);

}  // namespace sideband::ui
