// The live spectrum with the sidebands of every carrier marked, and the spectrogram below it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "web/ui/notation.h"
#include "web/ui/panels.h"
#include "web/ui/sidebands.h"
#include "web/ui/spectrogram_texture.h"
#include "web/ui/strip_chart.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

constexpr float kLowDb = -96;

struct FrequencyAxis {
  Box plot;
  float low_hz = 50, high_hz = 16000;
  bool log = true;

  float share_of(float hz) const {
    if (log) return std::log(std::max(hz, 1.0F) / low_hz) / std::log(high_hz / low_hz);
    return (hz - low_hz) / (high_hz - low_hz);
  }
  float x_of(float hz) const { return plot.x0 + plot.width() * share_of(hz); }
  float hz_at(float x) const {
    const float share = (x - plot.x0) / plot.width();
    return log ? low_hz * std::pow(high_hz / low_hz, share) : low_hz + (high_hz - low_hz) * share;
  }
};

FrequencyAxis axis_of(const Box& plot, SpectrumScale scale) {
  if (scale == SpectrumScale::kLow) return {plot, 0, 4000, false};
  if (scale == SpectrumScale::kWide) return {plot, 0, 16000, false};
  return {plot, 50, 16000, true};
}

float y_of_db(const Box& plot, float db) {
  return plot.y0 + plot.height() * std::clamp(db / kLowDb, 0.0F, 1.0F);
}

void draw_grid(ImDrawList* draw, const FrequencyAxis& axis, float label_y, const Box& labels) {
  const Palette& colours = palette();
  const float line = std::fmax(1.0F, std::floor(scale()));
  constexpr float kLogSteps[] = {100, 200, 500, 1000, 2000, 5000, 10000};
  constexpr float kLowSteps[] = {500, 1000, 1500, 2000, 2500, 3000, 3500};
  constexpr float kWideSteps[] = {2000, 4000, 6000, 8000, 10000, 12000, 14000};
  const auto& steps = axis.log ? kLogSteps : axis.high_hz < 5000 ? kLowSteps : kWideSteps;
  for (const float hz : steps) {
    const float x = std::round(axis.x_of(hz));
    draw->AddRectFilled({x, axis.plot.y0}, {x + line, axis.plot.y1}, fade(colours.line, 0.6F));
    char words[16];
    std::snprintf(words, sizeof words, hz < 1000 ? "%.0f" : "%gk",
                  static_cast<double>(hz < 1000 ? hz : hz / 1000));
    text(draw, Type::kSmall, {x, label_y}, colours.dim, words, Align::kCentre);
  }
  text(draw, Type::kSmall, {labels.x1 - u(8), label_y}, colours.dim, "Hz", Align::kRight);
  for (const float db : {0.0F, -24.0F, -48.0F, -72.0F}) {
    const float y = std::round(y_of_db(axis.plot, db));
    draw->AddRectFilled({axis.plot.x0, y}, {axis.plot.x1, y + line}, fade(colours.line, 0.6F));
    char words[16];
    write_signed(words, sizeof words, db, 0, db == 0 ? "dB" : "");
    text(draw, Type::kSmall, {labels.x1 - u(8), std::fmax(y, axis.plot.y0 + u(5))}, colours.dim,
         words, Align::kRight);
  }
}

// The curve: per column the loudest bin there, over an area that fades out downwards.
void draw_spectrum_curve(ImDrawList* draw, const FrequencyAxis& axis,
                         const OutputPicture& picture) {
  const float step = std::fmax(1.0F, std::floor(scale() * 1.5F));
  const int count = static_cast<int>(axis.plot.width() / step);
  static std::array<ImVec2, kMaxColumns> points;
  int used = 0;
  for (int i = 0; i < count && used < kMaxColumns; ++i) {
    const float x = axis.plot.x0 + step * (static_cast<float>(i) + 0.5F);
    const float low = axis.hz_at(x - 0.5F * step);
    const float high = axis.hz_at(x + 0.5F * step);
    if (high >= picture.top_hz()) break;
    points[static_cast<std::size_t>(used++)] = {x, y_of_db(axis.plot, picture.loudest(low, high))};
  }
  if (used < 2) return;
  const ImU32 ink = palette().text;
  draw->PrimReserve((used - 1) * 6, used * 2);
  const unsigned base = draw->_VtxCurrentIdx;
  const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
  for (int i = 0; i < used; ++i) {
    const ImVec2 p = points[static_cast<std::size_t>(i)];
    draw->PrimWriteVtx(p, white, fade(ink, 0.30F));
    draw->PrimWriteVtx({p.x, axis.plot.y1}, white, fade(ink, 0.05F));
    if (i == 0) continue;
    const unsigned a = base + static_cast<unsigned>(i - 1) * 2;
    for (const unsigned index : {a, a + 2, a + 3, a, a + 3, a + 1}) draw->PrimWriteIdx(index);
  }
  draw->AddPolyline(points.data(), used, fade(ink, 0.9F), 0, u(1.25F));
}

SoundingPatch sounding(const Context& context) {
  SoundingPatch sound;
  const FmPatch& patch = context.now.heard().patch;
  sound.patch = &patch;
  const float f0_hz = context.shown(Channel::kF0);
  for (int op = 0; op < kOperators; ++op) {
    const auto i = static_cast<std::size_t>(op);
    const float cents = context.now.param[static_cast<std::size_t>(param_of(Param::kDetune1, op))];
    sound.hz[i] = f0_hz * patch.ratio[i] *
                  context.now.param[static_cast<std::size_t>(param_of(Param::kRatio1, op))] *
                  std::exp2(cents / 1200);
    sound.level[i] = context.shown(Channel::kLevel1 + op);
  }
  return sound;
}

// Each partial FM predicts as a stem in its carrier's colour: the carrier's own with a head, the
// sidebands thinner the weaker they are.
void draw_sidebands(ImDrawList* draw, const FrequencyAxis& axis, const SidebandList& list) {
  for (int i = 0; i < list.count; ++i) {
    const Sideband& mark = list.mark[static_cast<std::size_t>(i)];
    const float x = axis.x_of(mark.hz);
    if (x < axis.plot.x0 || x > axis.plot.x1) continue;
    const ImU32 colour = palette().op[static_cast<std::size_t>(mark.carrier)];
    const float strength = std::clamp(1 - mark.level_db / kLowDb, 0.0F, 1.0F);
    const float y = y_of_db(axis.plot, mark.level_db);
    const bool carrier = mark.modulator < 0;
    const float half = u(carrier ? 1.0F : 0.6F);
    draw->AddRectFilled({x - half, y}, {x + half, axis.plot.y1},
                        fade(colour, carrier ? 0.9F : 0.25F + 0.6F * strength));
    if (carrier) {
      draw->AddTriangleFilled({x, y + u(1)}, {x - u(5), y - u(7)}, {x + u(5), y - u(7)}, colour);
    } else {
      draw->AddCircleFilled({x, y}, u(2), fade(colour, 0.4F + 0.6F * strength), 8);
    }
  }
}

// The partial whose stem is nearest to the pointer, within reach; null where there is none.
const Sideband* nearest_mark(const FrequencyAxis& axis, const SidebandList& list, float x) {
  const Sideband* nearest = nullptr;
  float least = u(6);
  for (int i = 0; i < list.count; ++i) {
    const Sideband& mark = list.mark[static_cast<std::size_t>(i)];
    const float distance = std::fabs(axis.x_of(mark.hz) - x);
    if (distance < least ||
        (nearest != nullptr && distance == least && mark.level_db > nearest->level_db)) {
      least = distance;
      nearest = &mark;
    }
  }
  return nearest;
}

void describe(const FrequencyAxis& axis, const OutputPicture& picture, const SidebandList& list) {
  const float x = ImGui::GetIO().MousePos.x;
  const Sideband* const mark = nearest_mark(axis, list, x);
  const float hz = mark != nullptr ? mark->hz : std::max(axis.hz_at(x), 1.0F);
  const Tuning tuning = tuning_of_hz(hz);
  char note[8];
  write_note(note, sizeof note, tuning.midi);
  char cents[16];
  write_signed(cents, sizeof cents, tuning.cents, 0, "¢");
  char title[64];
  std::snprintf(title, sizeof title, "%.1f Hz · %s %s", static_cast<double>(hz), note, cents);
  char level[24];
  const float reach = 1.5F * picture.bin_hz;
  write_signed(level, sizeof level, picture.loudest(hz - reach, hz + reach), 1, "dB");
  char words[64] = "";
  if (mark != nullptr && mark->modulator < 0) {
    std::snprintf(words, sizeof words, "carrier %d", mark->carrier + 1);
  } else if (mark != nullptr) {
    std::snprintf(words, sizeof words, "carrier %d %s %d · operator %d", mark->carrier + 1,
                  mark->order < 0 ? "−" : "+", std::abs(mark->order), mark->modulator + 1);
  }
  tip(title, level, *words != 0 ? words : nullptr);
}

void draw_hint(ImDrawList* draw, const Box& plot) {
  const char* const whole = "The spectrum of what you play appears here";
  const bool fits = text_width(Type::kBody, whole) < plot.width() - u(16);
  text(draw, Type::kBody, plot.centre(), palette().dim, fits ? whole : "What you play appears here",
       Align::kCentre, plot.width() - u(16));
}

}  // namespace

void draw_spectrum(const Box& box, Context& context) {
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box plot = panel(draw, box, "Spectrum");
  static const char* const kScales[] = {"Log", "4k", "16k"};
  const float high = context.view.narrow ? u(40) : u(28);
  const Box choice{box.x1 - u(14 + 150), box.y0 + u(20) - 0.5F * high, box.x1 - u(14),
                   box.y0 + u(20) + 0.5F * high};
  const int chosen = segmented("spectrum_scale", choice, kScales, 3,
                               static_cast<int>(context.view.spectrum_scale));
  if (chosen >= 0) context.view.spectrum_scale = static_cast<SpectrumScale>(chosen);
  const Box axis_row = plot.cut_bottom(u(16), 0);
  const Box labels = plot.cut_left(u(72), u(10));
  remember_item("spectrum", plot);
  add_backdrop(plot, mix(palette().panel, palette().background, 0.6F));
  const FrequencyAxis axis = axis_of(plot, context.view.spectrum_scale);
  draw_grid(draw, axis, axis_row.y0 + u(9), labels);
  const OutputPicture& picture = context.now.picture;
  if (!picture.known()) return draw_hint(draw, plot);
  SidebandList marks;
  const bool voiced = context.shown(Channel::kConfidence) > 0.3F;
  if (context.now.heard().has_patch && voiced) {
    marks = list_sidebands(sounding(context), std::min(axis.high_hz, picture.top_hz()));
  }
  draw->PushClipRect(plot.min(), plot.max(), true);
  draw_spectrum_curve(draw, axis, picture);
  draw_sidebands(draw, axis, marks);
  draw->PopClipRect();
  if (ImGui::IsWindowHovered() && plot.contains(ImGui::GetIO().MousePos)) {
    describe(axis, picture, marks);
  }
}

void draw_spectrogram(const Box& box, Context& context) {
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box plot = panel(draw, box, "Spectrogram");
  const Box labels = plot.cut_left(u(72), u(10));
  remember_item("spectrogram", plot);
  const Palette& colours = palette();
  add_backdrop(plot, is_light() ? rgb(0xF8FAFC) : rgb(0x0D1117));
  const TimeAxis time(plot, context.view);
  const Spectrogram& picture = context.spectrogram;
  draw->PushClipRect(plot.min(), plot.max(), true);
  if (picture.newest() >= 0) {
    constexpr double kWide = Spectrogram::kFramesPerColumn;
    const std::int64_t end = picture.newest() + 1;
    const std::int64_t begin = std::max<std::int64_t>(0, end - Spectrogram::kColumns + 1);
    const float x0 = time.x_of_frame(static_cast<double>(begin) * kWide);
    const float x1 = time.x_of_frame(static_cast<double>(end) * kWide);
    const float u0 = static_cast<float>(begin % Spectrogram::kColumns) / Spectrogram::kColumns;
    const float u1 = u0 + static_cast<float>(end - begin) / Spectrogram::kColumns;
    draw->AddImage(spectrogram_texture().update(picture), {x0, plot.y0}, {x1, plot.y1}, {u0, 1},
                   {u1, 0});
  }
  hover_time(draw, time, context);
  draw->PopClipRect();
  const float range = std::log(Spectrogram::kHighHz / Spectrogram::kLowHz);
  for (const float hz : {100.0F, 300.0F, 1000.0F, 3000.0F, 10000.0F}) {
    const float y = plot.y1 - plot.height() * std::log(hz / Spectrogram::kLowHz) / range;
    char words[16];
    std::snprintf(words, sizeof words, hz < 1000 ? "%.0f" : "%gk",
                  static_cast<double>(hz < 1000 ? hz : hz / 1000));
    text(draw, Type::kSmall, {labels.x1 - u(8), y}, colours.dim, words, Align::kRight);
  }
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (!ImGui::IsWindowHovered() || !plot.contains(mouse)) return;
  const float share = (plot.y1 - mouse.y) / plot.height();
  const float hz = Spectrogram::kLowHz * std::exp(share * range);
  const Tuning tuning = tuning_of_hz(hz);
  char note[8];
  write_note(note, sizeof note, tuning.midi);
  char title[32];
  std::snprintf(title, sizeof title, "%.0f Hz · %s", static_cast<double>(hz), note);
  char when[32];
  const double seconds = (context.view.head_frame - static_cast<double>(time.frame_at(mouse.x))) /
                         static_cast<double>(kFramesPerSecond);
  std::snprintf(when, sizeof when, "%.2f s ago", std::max(seconds, 0.0));
  tip(title, when);
}

}  // namespace sideband::ui
