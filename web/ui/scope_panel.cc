// The oscilloscope: a few periods of what goes to the speakers, held still by a trigger.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "web/ui/panels.h"
#include "web/ui/strip_chart.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

constexpr float kShownPeriods = 3;
constexpr float kUnvoicedSeconds = 0.02F;

struct Scope {
  std::array<float, kScopeSamples> wave{};  // what is shown
  int length = 0;
  float peak = 0.05F;  // the axis follows it
};
Scope g_scope;

void take_wave(const Context& context) {
  const OutputPicture& picture = context.now.picture;
  const float f0_hz = context.shown(Channel::kF0);
  const bool voiced = context.shown(Channel::kConfidence) > 0.3F && f0_hz > 20;
  const float period_s = voiced ? 1 / f0_hz : kUnvoicedSeconds / kShownPeriods;
  const int period = std::max(1, static_cast<int>(period_s * picture.rate_hz));
  const int length = std::clamp(static_cast<int>(kShownPeriods * period_s * picture.rate_hz), 64,
                                kScopeSamples / 2);
  const int start = find_trigger(picture.sample.data(), kScopeSamples, length, period,
                                 g_scope.wave.data(), std::min(g_scope.length, length));
  std::copy_n(picture.sample.begin() + start, length, g_scope.wave.begin());
  g_scope.length = length;
  float peak = 0.02F;
  for (int i = 0; i < length; ++i) {
    peak = std::max(peak, std::fabs(g_scope.wave[static_cast<std::size_t>(i)]));
  }
  const float share = peak > g_scope.peak ? 1.0F : std::min(1.0F, 2 * context.view.dt_s);
  g_scope.peak += (peak - g_scope.peak) * share;
}

}  // namespace

void draw_scope(const Box& box, Context& context) {
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const Box plot = panel(draw, box, "Waveform");
  remember_item("scope", plot);
  add_backdrop(plot, mix(colours.panel, colours.background, 0.6F));
  const float middle = std::round(plot.centre().y);
  draw->AddRectFilled({plot.x0, middle}, {plot.x1, middle + std::fmax(1.0F, std::floor(scale()))},
                      fade(colours.line, 0.9F));
  const OutputPicture& picture = context.now.picture;
  if (!picture.known()) return;
  if (!context.view.frozen) take_wave(context);
  const float ms = 1000 * static_cast<float>(g_scope.length) / picture.rate_hz;
  char words[40];
  std::snprintf(words, sizeof words, "%.1f ms · ±%.2f", static_cast<double>(ms),
                static_cast<double>(g_scope.peak));
  text(draw, Type::kSmall, {plot.x1, box.y0 + u(20)}, colours.dim, words, Align::kRight);
  static std::array<ImVec2, kMaxColumns> points;
  const int count = std::min({g_scope.length, kMaxColumns, static_cast<int>(plot.width())});
  const auto value_at = [](float place) {
    const auto i = static_cast<std::size_t>(place);
    const float next = g_scope.wave[std::min(i + 1, g_scope.wave.size() - 1)];
    return g_scope.wave[i] + (next - g_scope.wave[i]) * (place - std::floor(place));
  };
  const float high = 0.46F * plot.height() / g_scope.peak;
  for (int i = 0; i < count; ++i) {
    const float share = static_cast<float>(i) / static_cast<float>(count - 1);
    const float value = value_at(share * static_cast<float>(g_scope.length - 1));
    points[static_cast<std::size_t>(i)] = {plot.x0 + share * plot.width(), middle - high * value};
  }
  draw->PushClipRect(plot.min(), plot.max(), true);
  draw->AddPolyline(points.data(), count, colours.accent, 0, u(1.75F));
  draw->PopClipRect();
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (!ImGui::IsWindowHovered() || !plot.contains(mouse)) return;
  const float share = (mouse.x - plot.x0) / plot.width();
  const float value = value_at(share * static_cast<float>(g_scope.length - 1));
  char at[32];
  std::snprintf(at, sizeof at, "%.2f ms", static_cast<double>(share * ms));
  std::snprintf(words, sizeof words, "%s%.3f of full scale", value < 0 ? "−" : "",
                static_cast<double>(std::fabs(value)));
  tip(at, words);
}

}  // namespace sideband::ui
