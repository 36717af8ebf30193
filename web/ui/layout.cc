#include "web/ui/layout.h"

#include <algorithm>

namespace sideband::ui {
namespace {

constexpr float kGap = 10;  // between panels, and around everything
constexpr float kThreeColumnsFrom = 1100;
constexpr float kTwoColumnsFrom = 680;
constexpr float kScrollbar = 8;

// A panel's height: at least `base`, plus its share of what a tall canvas has to spare.
struct Row {
  Panel panel;
  float base;
  float stretch;
};

constexpr Row kTransport{Panel::kTransport, 44, 0};
constexpr Row kTransportOfTwoRows{Panel::kTransport, 96, 0};
constexpr Row kGraph{Panel::kGraph, 350, 1};
constexpr Row kPresets{Panel::kPresets, 48 + 4 * 38 + 40 + 44, 0.1F};
constexpr Row kOperators{Panel::kOperators, 48 + 14.3F * 36, 0.3F};
constexpr Row kSpectrum{Panel::kSpectrum, 210, 0.8F};
constexpr Row kSpectrogram{Panel::kSpectrogram, 140, 0.5F};
constexpr Row kPitch{Panel::kPitch, 180, 0.6F};
constexpr Row kLoudness{Panel::kLoudness, 116, 0.2F};
constexpr Row kEnvelopes{Panel::kEnvelopes, 330, 1};
constexpr Row kScope{Panel::kScope, 150, 0.5F};
constexpr Row kMeters{Panel::kMeters, 214, 0};
constexpr Row kModels{Panel::kModels, 130, 0};
constexpr Row kControls{Panel::kControls, 48 + 10 * 36, 0.3F};
// For fingers: what can be pressed or dragged is 40 px high and more.
constexpr Row kTallPresets{Panel::kPresets, 48 + 6 * 46 + 44 + 56, 0};
constexpr Row kTallOperators{Panel::kOperators, 48 + 14.3F * 44, 0};
constexpr Row kTallControls{Panel::kControls, 48 + 10 * 44, 0};

bool shown(const Row& row, const Parts& parts) {
  if (row.panel == Panel::kTransport) return parts.transport;
  if (row.panel == Panel::kModels) return parts.models;
  return true;
}

template <std::size_t kRows>
float height_of(const std::array<Row, kRows>& rows, const Parts& parts) {
  float height = -kGap;
  for (const Row& row : rows) height += shown(row, parts) ? row.base + kGap : 0.0F;
  return height;
}

// One panel below the other; what is left of `height` goes where it can be used.
template <std::size_t kRows>
void stack(const std::array<Row, kRows>& rows, const Parts& parts, Area column, Layout& layout) {
  const float spare = std::max(0.0F, column.height - height_of(rows, parts));
  float stretch = 0;
  for (const Row& row : rows) stretch += shown(row, parts) ? row.stretch : 0.0F;
  float y = column.y;
  for (const Row& row : rows) {
    if (!shown(row, parts)) continue;
    const float extra = stretch > 0 ? spare * row.stretch / stretch : 0.0F;
    layout.panel[static_cast<std::size_t>(row.panel)] = {column.x, y, column.width,
                                                         row.base + extra};
    y += row.base + extra + kGap;
  }
}

constexpr std::array kLeftOfThree{kGraph, kPresets, kScope, kMeters};
constexpr std::array kMiddleOfThree{kSpectrum, kSpectrogram, kPitch, kLoudness, kEnvelopes};
constexpr std::array kRightOfThree{kOperators, kModels, kControls};
constexpr std::array kLeftOfTwo{kGraph, kPresets, kOperators, kScope, kMeters};
constexpr std::array kRightOfTwo{kSpectrum,  kSpectrogram, kPitch,   kLoudness,
                                 kEnvelopes, kModels,      kControls};
constexpr std::array kSingle{kTransportOfTwoRows, kGraph,  kTallPresets, kTallOperators, kSpectrum,
                             kSpectrogram,        kPitch,  kLoudness,    kEnvelopes,     kScope,
                             kTallControls,       kMeters, kModels};

Layout arrange_columns(float width, float height, const Parts& parts) {
  Layout layout;
  layout.columns = width >= kThreeColumnsFrom ? 3 : 2;
  const float top = kGap + (parts.transport ? kTransport.base + kGap : 0);
  float least = 0;
  if (layout.columns == 3) {
    least = std::max({height_of(kLeftOfThree, parts), height_of(kMiddleOfThree, parts),
                      height_of(kRightOfThree, parts)});
  } else {
    least = std::max(height_of(kLeftOfTwo, parts), height_of(kRightOfTwo, parts));
  }
  const float body = std::max(least, height - top - kGap);
  layout.height = top + body + kGap;
  const bool scrolls = layout.height > height + 0.5F;
  const float right = width - kGap - (scrolls ? kScrollbar : 0);
  const float inner = right - kGap;
  if (parts.transport) {
    layout.panel[static_cast<std::size_t>(Panel::kTransport)] = {kGap, kGap, inner,
                                                                 kTransport.base};
  }
  if (layout.columns == 3) {
    const float left_width = std::clamp(0.31F * width, 360.0F, 480.0F);
    const float right_width = std::clamp(0.225F * width, 270.0F, 340.0F);
    stack(kLeftOfThree, parts, {kGap, top, left_width, body}, layout);
    stack(kMiddleOfThree, parts,
          {kGap + left_width + kGap, top, inner - left_width - right_width - 2 * kGap, body},
          layout);
    stack(kRightOfThree, parts, {right - right_width, top, right_width, body}, layout);
  } else {
    const float column = 0.5F * (inner - kGap);
    stack(kLeftOfTwo, parts, {kGap, top, column, body}, layout);
    stack(kRightOfTwo, parts, {right - column, top, column, body}, layout);
  }
  return layout;
}

}  // namespace

Layout arrange(float width, float height, const Parts& parts) {
  if (width >= kTwoColumnsFrom) return arrange_columns(width, height, parts);
  Layout layout;
  layout.height = height_of(kSingle, parts) + 2 * kGap;
  stack(kSingle, parts, {kGap, kGap, width - 2 * kGap, 0}, layout);
  return layout;
}

}  // namespace sideband::ui
