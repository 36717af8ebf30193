#include "web/ui/strip_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "imgui_internal.h"

namespace sideband::ui {
namespace {

std::array<Column, kMaxColumns> g_columns;
std::array<Column, kMaxColumns> g_ghost_columns;

// Where a column's band lies, and how much thicker a steep stretch must be to look as thick.
struct Band {
  float x, top, bottom, middle, opacity;
};
std::array<Band, kMaxColumns> g_bands;
std::array<Band, kMaxColumns> g_area;

// A strip of two vertices per column, upper and lower, joined to the column before.
void join_columns(ImDrawList* draw, unsigned base, int column) {
  if (column == 0) return;
  const unsigned a = base + static_cast<unsigned>(column - 1) * 2;
  for (const unsigned index : {a, a + 2, a + 3, a, a + 3, a + 1}) draw->PrimWriteIdx(index);
}

// One run of neighbouring columns as a band. Its soft edges come from ImGui's baked line texture,
// whose row n is the profile of a line n pixels thick: a third of the triangles of soft geometry.
void draw_band(ImDrawList* draw, const Band* band, int count, ImU32 line) {
  const ImVec4* const profiles = ImGui::GetDrawListSharedData()->TexUvLines;
  draw->PrimReserve((count - 1) * 6, count * 2);
  const unsigned base = draw->_VtxCurrentIdx;
  for (int i = 0; i < count; ++i) {
    const float thickness =
        std::clamp(band[i].bottom - band[i].top, 1.0F, IM_DRAWLIST_TEX_LINES_WIDTH_MAX - 1.0F);
    const int row = static_cast<int>(thickness);
    const ImVec4 uv = ImLerp(profiles[row], profiles[row + 1], thickness - static_cast<float>(row));
    const ImU32 colour = fade(line, band[i].opacity);
    draw->PrimWriteVtx({band[i].x, band[i].top - 1}, {uv.x, uv.y}, colour);
    draw->PrimWriteVtx({band[i].x, band[i].bottom + 1}, {uv.z, uv.w}, colour);
    join_columns(draw, base, i);
  }
}

void draw_area(ImDrawList* draw, const Band* band, int count, float floor_y, ImU32 fill) {
  draw->PrimReserve((count - 1) * 6, count * 2);
  const unsigned base = draw->_VtxCurrentIdx;
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  const ImU32 foot = fade(fill, 0.15F);
  for (int i = 0; i < count; ++i) {
    const float top = std::fmin(0.5F * (band[i].top + band[i].bottom), floor_y);
    draw->PrimWriteVtx({band[i].x, top}, uv, fill);
    draw->PrimWriteVtx({band[i].x, floor_y}, uv, foot);
    join_columns(draw, base, i);
  }
}

// Leaves out the columns that lie on the line between their neighbours, within `tolerance` pixels:
// a smooth curve needs a third of them. A swinging door: each kept column opens a sector of slopes,
// which every later column narrows until one falls outside.
int simplify(Band* band, int count, float tolerance) {
  constexpr float kOpacityTolerance = 0.04F;
  if (count < 3) return count;
  int kept = 1;
  Band door = band[0];
  float low[2] = {-1e9F, -1e9F};
  float high[2] = {1e9F, 1e9F};
  for (int i = 1; i < count; ++i) {
    const float run = band[i].x - door.x;
    const float edge[2] = {band[i].top - door.top, band[i].bottom - door.bottom};
    bool outside = std::fabs(band[i].opacity - door.opacity) > kOpacityTolerance;
    for (int k = 0; k < 2; ++k) {
      outside |= edge[k] / run < low[k] || edge[k] / run > high[k];
    }
    if (outside && i > 1) {
      door = band[i - 1];
      band[kept++] = door;
      const float step = band[i].x - door.x;
      const float rise[2] = {band[i].top - door.top, band[i].bottom - door.bottom};
      for (int k = 0; k < 2; ++k) {
        low[k] = (rise[k] - tolerance) / step;
        high[k] = (rise[k] + tolerance) / step;
      }
      continue;
    }
    for (int k = 0; k < 2; ++k) {
      low[k] = std::fmax(low[k], (edge[k] - tolerance) / run);
      high[k] = std::fmin(high[k], (edge[k] + tolerance) / run);
    }
  }
  band[kept++] = band[count - 1];
  return kept;
}

void draw_run(ImDrawList* draw, Band* band, int count, const CurveLook& look, float floor_y) {
  const float half = 0.5F * u(look.width_css_px);
  for (int i = 0; i < count; ++i) band[i].middle = 0.5F * (band[i].top + band[i].bottom);
  for (int i = 0; i < count; ++i) {
    const int before = std::max(i - 1, 0);
    const int after = std::min(i + 1, count - 1);
    const float run = band[after].x - band[before].x;
    const float rise = band[after].middle - band[before].middle;
    const float slope = run > 0 ? rise / run : 0.0F;
    const float reach = half * std::fmin(std::sqrt(1 + slope * slope), 5.0F);
    band[i].top = std::fmin(band[i].top - half, band[i].middle - reach);
    band[i].bottom = std::fmax(band[i].bottom + half, band[i].middle + reach);
  }
  if (look.fill_opacity > 0) {
    // The curve hides the area's edge, which may therefore be coarser.
    std::copy(band, band + count, g_area.begin());
    const int corners = simplify(g_area.data(), count, u(0.7F));
    draw_area(draw, g_area.data(), corners, floor_y, fade(look.line, look.fill_opacity));
  }
  count = simplify(band, count, u(0.2F));
  draw_band(draw, band, count, look.line);
}

float x_of_age(const TimeAxis& time, float seconds) {
  const float share = seconds / time.shown_seconds;
  return std::round(time.plot.x1 - time.plot.width() * share);
}

}  // namespace

TimeAxis::TimeAxis(const Box& box, const View& view)
    : plot(box), head_frame(view.head_frame), shown_seconds(view.shown_seconds) {
  const double shown = static_cast<double>(shown_seconds * kFramesPerSecond);
  // Never finer than a frame or two device pixels: twice as many columns look no better.
  const double across = std::fmin(static_cast<double>(box.width()) / 2, shown);
  columns = std::min(static_cast<int>(across) + 2, kMaxColumns);
  frames_per_column = shown / across;
  column_px = box.width() / static_cast<float>(across);
  first_column = static_cast<std::int64_t>(std::floor((head_frame - shown) / frames_per_column));
  if (first_column < 0) first_column = 0;
}

float TimeAxis::x_of_frame(double frame) const {
  return plot.x1 - static_cast<float>((head_frame - frame) / frames_per_column) * column_px;
}

float TimeAxis::x_of(int column) const {
  return x_of_frame((static_cast<double>(first_column + column) + 0.5) * frames_per_column);
}

std::int64_t TimeAxis::frame_at(float x) const {
  const double back = static_cast<double>((plot.x1 - x) / column_px) * frames_per_column;
  return static_cast<std::int64_t>(std::floor(head_frame - back));
}

void draw_curve(ImDrawList* draw, const TimeAxis& time, const ValueAxis& axis,
                const Column* columns, const CurveLook& look) {
  int run = 0;
  for (int i = 0; i <= time.columns; ++i) {
    const bool there = i < time.columns && columns[i].frames > 0;
    if (there) {
      Band& band = g_bands[static_cast<std::size_t>(run++)];
      band = {time.x_of(i), axis.y_of(columns[i].max), axis.y_of(columns[i].min), 0,
              look.opacity_by_weight ? columns[i].weight : 1.0F};
      continue;
    }
    if (run == 1) {  // a single column would have no width
      g_bands[1] = g_bands[0];
      g_bands[1].x += time.column_px;
      run = 2;
    }
    if (run > 1) draw_run(draw, g_bands.data(), run, look, axis.bottom);
    run = 0;
  }
}

void draw_channel(ImDrawList* draw, const History& history, Channel channel, const TimeAxis& time,
                  const ValueAxis& axis, const CurveLook& look) {
  reduce(history, channel, time.first_column, time.frames_per_column, time.columns,
         g_columns.data());
  draw_curve(draw, time, axis, g_columns.data(), look);
}

void draw_with_ghost(ImDrawList* draw, const History& history, Channel channel, Channel ghost,
                     const TimeAxis& time, const ValueAxis& axis, const CurveLook& look,
                     const CurveLook& ghost_look) {
  const auto count = static_cast<std::size_t>(time.columns);
  reduce(history, channel, time.first_column, time.frames_per_column, time.columns,
         g_columns.data());
  reduce(history, ghost, time.first_column, time.frames_per_column, time.columns,
         g_ghost_columns.data());
  bool visible = false;
  for (std::size_t i = 0; i < count && !visible; ++i) {
    visible = std::fabs(axis.y_of(g_columns[i].max) - axis.y_of(g_ghost_columns[i].max)) > u(0.5F);
  }
  if (visible) draw_curve(draw, time, axis, g_ghost_columns.data(), ghost_look);
  draw_curve(draw, time, axis, g_columns.data(), look);
}

void draw_time_grid(ImDrawList* draw, const TimeAxis& time) {
  const float step = 0.25F * time.shown_seconds;
  for (float seconds = step; seconds < time.shown_seconds; seconds += step) {
    const float x = x_of_age(time, seconds);
    draw->AddRectFilled({x, time.plot.y0}, {x + std::fmax(1.0F, std::floor(scale())), time.plot.y1},
                        fade(palette().line, 0.6F));
  }
}

void draw_time_labels(ImDrawList* draw, const TimeAxis& time, float y) {
  const ImU32 ink = palette().dim;
  const float step = 0.25F * time.shown_seconds;
  for (float seconds = step; seconds < time.shown_seconds; seconds += step) {
    char words[16];
    std::snprintf(words, sizeof words, "−%g s", static_cast<double>(seconds));
    text(draw, Type::kSmall, {x_of_age(time, seconds), y}, ink, words, Align::kCentre);
  }
  text(draw, Type::kSmall, {time.plot.x1, y}, ink, "now", Align::kRight);
}

void hover_time(ImDrawList* draw, const TimeAxis& time, Context& context) {
  if (ImGui::IsWindowHovered() && time.plot.contains(ImGui::GetIO().MousePos)) {
    context.view.pending_hover = true;
    context.view.pending_frame = time.frame_at(ImGui::GetIO().MousePos.x);
  }
  const std::int64_t frame = context.view.hover_frame;
  if (!context.view.hovering_time || !context.history.holds(frame)) return;
  const float x = std::round(time.x_of_frame(static_cast<double>(frame)));
  if (x < time.plot.x0) return;
  draw->AddRectFilled({x, time.plot.y0}, {x + std::fmax(1.0F, std::floor(scale())), time.plot.y1},
                      fade(palette().text, 0.55F));
}

}  // namespace sideband::ui
