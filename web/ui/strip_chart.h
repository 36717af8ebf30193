// Scrolling curves: frames to pixel columns, drawn as anti-aliased bands with few vertices.
#pragma once

#include <algorithm>
#include <cmath>

#include "web/ui/box.h"
#include "web/ui/context.h"
#include "web/ui/theme.h"

namespace sideband::ui {

// Maps frames to x: `head_frame` stands at the right edge.
struct TimeAxis {
  Box plot;
  double head_frame = 0;
  float shown_seconds = 8;
  double frames_per_column = 1;
  float column_px = 1;
  std::int64_t first_column = 0;
  int columns = 0;

  TimeAxis(const Box& box, const View& view);
  float x_of(int column) const;
  float x_of_frame(double frame) const;
  std::int64_t frame_at(float x) const;
};

// value → y: `low` at the bottom of the plot, `high` at its top.
struct ValueAxis {
  float low = 0, high = 1, bottom = 0, top = 0;
  bool clamps = true;    // values beyond stand at the edge; else they are out of the picture
  float full_scale = 0;  // above 0: values are shown in dB of it
  float y_of(float value) const {
    if (full_scale > 0) value = 20.0F * std::log10(std::max(value / full_scale, 1e-6F));
    const float y = bottom + (value - low) / (high - low) * (top - bottom);
    return clamps ? std::clamp(y, top, bottom) : y;
  }
};

struct CurveLook {
  ImU32 line = 0;
  float width_css_px = 1.5F;
  float fill_opacity = 0;  // of the area below, at the curve; it fades out downwards
  bool opacity_by_weight = false;
};

// Curve of reduced columns; columns without frames leave a gap.
void draw_curve(ImDrawList* draw, const TimeAxis& time, const ValueAxis& axis,
                const Column* columns, const CurveLook& look);

// Reduces and draws one channel.
void draw_channel(ImDrawList* draw, const History& history, Channel channel, const TimeAxis& time,
                  const ValueAxis& axis, const CurveLook& look);

// The same with another channel behind it, which is left out where it would be covered.
void draw_with_ghost(ImDrawList* draw, const History& history, Channel channel, Channel ghost,
                     const TimeAxis& time, const ValueAxis& axis, const CurveLook& look,
                     const CurveLook& ghost_look);

// Vertical lines every two seconds, and their labels ("−6 s") around y.
void draw_time_grid(ImDrawList* draw, const TimeAxis& time);
void draw_time_labels(ImDrawList* draw, const TimeAxis& time, float y);

// Notes that the pointer is over a strip, and draws the hairline of whichever strip has it.
void hover_time(ImDrawList* draw, const TimeAxis& time, Context& context);

}  // namespace sideband::ui
