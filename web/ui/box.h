// A rectangle in device pixels, and how panels are cut out of one another.
#pragma once

#include <algorithm>

#include "imgui.h"

namespace sideband::ui {

struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;

  float width() const { return x1 - x0; }
  float height() const { return y1 - y0; }
  ImVec2 min() const { return {x0, y0}; }
  ImVec2 max() const { return {x1, y1}; }
  ImVec2 size() const { return {x1 - x0, y1 - y0}; }
  ImVec2 centre() const { return {0.5F * (x0 + x1), 0.5F * (y0 + y1)}; }
  bool contains(ImVec2 p) const { return p.x >= x0 && p.x < x1 && p.y >= y0 && p.y < y1; }
  Box inset(float dx, float dy) const { return {x0 + dx, y0 + dy, x1 - dx, y1 - dy}; }
  Box inset(float d) const { return inset(d, d); }

  // Each cuts a piece off this box, with `gap` lost between the two.
  Box cut_top(float h, float gap = 0) {
    const Box piece{x0, y0, x1, y0 + h};
    y0 = std::min(y0 + h + gap, y1);
    return piece;
  }
  Box cut_bottom(float h, float gap = 0) {
    const Box piece{x0, y1 - h, x1, y1};
    y1 = std::max(y1 - h - gap, y0);
    return piece;
  }
  Box cut_left(float w, float gap = 0) {
    const Box piece{x0, y0, x0 + w, y1};
    x0 = std::min(x0 + w + gap, x1);
    return piece;
  }
  Box cut_right(float w, float gap = 0) {
    const Box piece{x1 - w, y0, x1, y1};
    x1 = std::max(x1 - w - gap, x0);
    return piece;
  }
};

}  // namespace sideband::ui
