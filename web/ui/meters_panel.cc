// Input and output meters, and how hard the audio thread works.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "web/ui/notation.h"
#include "web/ui/panels.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

float share_of_db(float db) {
  return std::clamp(1.0F - db / kMeterFloorDb, 0.0F, 1.0F);
}

void draw_meter(ImDrawList* draw, const char* name, const Box& row, const char* label,
                const PeakMeter& meter) {
  const Palette& colours = palette();
  Box bar = row;
  const Box head = bar.cut_left(u(46), u(4));
  const Box tail = bar.cut_right(u(46), u(6));
  const float y = row.centre().y;
  text(draw, Type::kBody, {head.x0, y}, colours.dim, label);
  bar = {bar.x0, y - u(5), bar.x1, y + u(5)};
  remember_item(name, bar);
  const auto x_of = [&](float db) { return bar.x0 + bar.width() * share_of_db(db); };
  draw->AddRectFilled(bar.min(), bar.max(), colours.raised, u(3));
  // Green to −12 dB, amber to −3, red above: dim where not reached.
  const struct {
    float from, to;
    ImU32 colour;
  } zones[] = {{kMeterFloorDb, -12, colours.good}, {-12, -3, colours.warn}, {-3, 0, colours.bad}};
  for (const auto& zone : zones) {
    const float x0 = x_of(zone.from);
    const float lit = std::min(x_of(zone.to), x_of(meter.level_db));
    if (lit <= x0) continue;
    draw->AddRectFilled({x0, bar.y0}, {lit, bar.y1}, zone.colour, x0 == bar.x0 ? u(3) : 0.0F,
                        ImDrawFlags_RoundCornersLeft);
  }
  if (meter.hold_db > kMeterFloorDb + 0.5F) {
    const float x = x_of(meter.hold_db);
    draw->AddRectFilled({x - u(1), bar.y0 - u(2)}, {x + u(1), bar.y1 + u(2)}, colours.text);
  }
  char words[16] = "−∞";
  if (meter.hold_db > kMeterFloorDb + 0.5F) {
    write_signed(words, sizeof words, meter.hold_db, 1, "");
  }
  const bool clipped = meter.since_clip_s < 3;
  text(draw, Type::kBody, {tail.x1, y}, clipped ? colours.bad : colours.text,
       clipped ? "CLIP" : words, Align::kRight);
}

void draw_scale(ImDrawList* draw, const Box& row) {
  Box bar = row;
  bar.cut_left(u(46), u(4));
  bar.cut_right(u(46), u(6));
  for (const int db : {-48, -36, -24, -12, 0}) {
    char words[8];
    write_signed(words, sizeof words, static_cast<float>(db), 0, "");
    const float x = bar.x0 + bar.width() * share_of_db(static_cast<float>(db));
    text(draw, Type::kSmall, {x, row.centre().y}, palette().dim, words, Align::kCentre);
  }
}

void draw_tile(ImDrawList* draw, const Box& box, const char* value, const char* unit,
               const char* label, ImU32 ink) {
  const Palette& colours = palette();
  draw->AddRectFilled(box.min(), box.max(), mix(colours.panel, colours.raised, 0.6F), u(8));
  const float y = box.centre().y - u(8);
  text(draw, Type::kTitle, {box.x0 + u(12), y}, ink, value);
  text(draw, Type::kSmall, {box.x0 + u(12) + text_width(Type::kTitle, value) + u(4), y + u(3)},
       colours.dim, unit);
  text(draw, Type::kSmall, {box.x0 + u(12), box.centre().y + u(12)}, colours.dim, label);
}

}  // namespace

void draw_meters(const Box& box, Context& context) {
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box inner = panel(draw, box, "Levels");
  const Status& status = context.now.status;
  char words[40];
  if (status.sample_rate_hz > 0) {
    std::snprintf(words, sizeof words, "%.4g kHz · picture %.1f ms",
                  static_cast<double>(status.sample_rate_hz) / 1000,
                  static_cast<double>(status.frame_ms));
    text(draw, Type::kSmall, {inner.x1, box.y0 + u(20)}, colours.dim, words, Align::kRight);
  }
  draw_meter(draw, "meter_in", inner.cut_top(u(20), u(2)), "Input", context.now.input);
  draw_meter(draw, "meter_out", inner.cut_top(u(20), 0), "Output", context.now.output);
  draw_scale(draw, inner.cut_top(u(16), u(8)));

  const float gap = u(8);
  const float w = 0.5F * (inner.width() - gap);
  const float h = 0.5F * (inner.height() - gap);
  const auto tile = [&](int column, int row) {
    const float x = inner.x0 + (w + gap) * static_cast<float>(column);
    const float y = inner.y0 + (h + gap) * static_cast<float>(row);
    return Box{x, y, x + w, y + h};
  };
  const auto show = [&](int column, int row, const char* format, double value, const char* unit,
                        const char* label, bool known, ImU32 ink) {
    char number[24] = "–";
    if (known) std::snprintf(number, sizeof number, format, value);
    draw_tile(draw, tile(column, row), number, known ? unit : "", label, known ? ink : colours.dim);
  };
  const bool on = status.running;
  const ImU32 load_ink = status.load > 0.9F   ? colours.bad
                         : status.load > 0.6F ? colours.warn
                                              : colours.text;
  show(0, 0, "%.1f", static_cast<double>(100 * status.load), "%", "DSP load", on, load_ink);
  show(1, 0, "%.1f", static_cast<double>(status.latency_ms), "ms", "Latency", status.latency_ms > 0,
       colours.text);
  show(0, 1, "%.2f", static_cast<double>(status.worst_block_ms), "ms", "Worst block", on,
       colours.text);
  show(1, 1, "%.0f", static_cast<double>(status.dropouts), "", "Dropouts", on,
       status.dropouts > 0 ? colours.bad : colours.text);
}

}  // namespace sideband::ui
