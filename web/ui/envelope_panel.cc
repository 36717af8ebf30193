// Six scrolling envelopes: what sounds, with the network's own curve ghosted behind it.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "web/ui/panels.h"
#include "web/ui/strip_chart.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

void draw_label(ImDrawList* draw, const Box& label, int op, const Context& context) {
  const Palette& colours = palette();
  const FmPatch& patch = context.now.heard().patch;
  const bool carrier = patch.carrier[static_cast<std::size_t>(op)] != 0;
  const ImU32 colour = colours.op[static_cast<std::size_t>(op)];
  const float level = context.read(Channel::kLevel1 + op);
  char number[4];
  std::snprintf(number, sizeof number, "%d", op + 1);
  const float y = label.centre().y;
  const Box badge{label.x0, y - u(10), label.x0 + u(20), y + u(10)};
  fill_rounded(draw, badge.min(), badge.max(), mix(colours.panel, colour, 0.16F), u(5));
  draw->AddRect(badge.min(), badge.max(), fade(colour, 0.8F), u(5), 0, u(1));
  text(draw, Type::kStrong, badge.centre(), colours.text, number, Align::kCentre);

  char words[24];
  const char* unit = "rad";
  if (carrier) {
    unit = "dB";
    const float share = level / (patch.i_max > 0 ? patch.i_max : 1.0F);
    if (share < 1e-4F) {
      std::snprintf(words, sizeof words, "−∞");
    } else {
      std::snprintf(words, sizeof words, "%s%.1f", share < 0.994F ? "−" : "",
                    static_cast<double>(std::fabs(20.0F * std::log10(share))));
    }
  } else {
    std::snprintf(words, sizeof words, "%.2f", static_cast<double>(level));
  }
  text(draw, Type::kBody, {label.x1, y - u(7)}, colours.text, words, Align::kRight);
  text(draw, Type::kSmall, {label.x1, y + u(8)}, colours.dim, unit, Align::kRight);
}

// A line every 24 dB below full scale, so that a carrier's strip reads as one.
void draw_decibel_lines(ImDrawList* draw, const Box& strip, const ValueAxis& axis) {
  for (const float db : {0.0F, -24.0F, -48.0F}) {
    const float y =
        std::round(strip.y1 + (db - axis.low) / (axis.high - axis.low) * (axis.top - axis.bottom));
    draw->AddRectFilled({strip.x0, y}, {strip.x1, y + std::fmax(1.0F, std::floor(scale()))},
                        fade(palette().line, db == 0 ? 0.9F : 0.5F));
  }
}

// The tallest level of a modulator in view sets the height, so that a boosted operator is not cut
// off.
float wanted_range(const Context& context) {
  const float i_max = context.now.heard().patch.i_max;
  float top = i_max > 0 ? i_max : 1.0F;
  const auto shown = static_cast<std::int64_t>(context.view.shown_seconds * kFramesPerSecond);
  const std::int64_t newest = context.history.count();
  for (std::int64_t f = std::max(context.history.oldest(), newest - shown); f < newest; f += 4) {
    for (int op = 0; op < kOperators; ++op) {
      if (context.now.heard().patch.carrier[static_cast<std::size_t>(op)] > 0) continue;
      top = std::max(top, context.history.at(Channel::kLevel1 + op, f));
    }
  }
  return top;
}

}  // namespace

void draw_envelopes(const Box& box, Context& context) {
  remember_item("envelopes", box);
  const float target = wanted_range(context);
  if (!context.view.frozen) {
    context.view.level_range +=
        (target - context.view.level_range) * std::min(1.0F, 8.0F * context.view.dt_s);
  }
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;

  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box inner = panel(draw, box, "Envelopes");
  const float legend_y = box.y0 + u(20);
  const float x = inner.x1;
  text(draw, Type::kSmall, {x, legend_y}, colours.dim, "network", Align::kRight);
  const float dash = x - text_width(Type::kSmall, "network") - u(22);
  draw->AddLine({dash, legend_y}, {dash + u(16), legend_y}, fade(colours.text, 0.45F), u(1.25F));
  text(draw, Type::kSmall, {dash - u(12), legend_y}, colours.dim, "sounding", Align::kRight);
  const float bar = dash - u(12) - text_width(Type::kSmall, "sounding") - u(22);
  draw->AddLine({bar, legend_y}, {bar + u(16), legend_y}, colours.text, u(2.5F));

  const Box axis = inner.cut_bottom(u(16), 0);
  const float row = inner.height() / kOperators;
  for (int op = 0; op < kOperators; ++op) {
    Box strip{inner.x0, inner.y0 + row * static_cast<float>(op), inner.x1,
              inner.y0 + row * static_cast<float>(op + 1) - u(4)};
    const Box label = strip.cut_left(u(72), u(10));
    char name[16];
    std::snprintf(name, sizeof name, "envelope%d", op + 1);
    remember_item(name, strip);
    const TimeAxis time(strip, context.view);
    const ImU32 colour = colours.op[static_cast<std::size_t>(op)];
    add_backdrop(strip, mix(colours.panel, colours.background, 0.6F));
    draw->PushClipRect(strip.min(), strip.max(), true);
    draw_time_grid(draw, time);
    ValueAxis values{0, context.view.level_range * 1.05F, strip.y1 - u(1), strip.y0 + u(2)};
    const FmPatch& patch = context.now.heard().patch;
    if (patch.carrier[static_cast<std::size_t>(op)] > 0) {
      values.low = -60;  // dB of full scale
      values.high = 12;
      values.full_scale = patch.i_max > 0 ? patch.i_max : 1.0F;
      draw_decibel_lines(draw, strip, values);
    }
    draw_with_ghost(draw, context.history, Channel::kLevel1 + op, Channel::kModelLevel1 + op, time,
                    values, {.line = colour, .width_css_px = 1.75F, .fill_opacity = 0.32F},
                    {.line = fade(mix(colour, colours.text, 0.6F), 0.6F), .width_css_px = 1.25F});
    hover_time(draw, time, context);
    draw->PopClipRect();
    draw_label(draw, label, op, context);
    if (op == kOperators - 1) draw_time_labels(draw, time, axis.y0 + u(9));
  }
}

}  // namespace sideband::ui
