// Pitch and loudness over the last seconds, with note names, cents and decibels.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "web/ui/notation.h"
#include "web/ui/panels.h"
#include "web/ui/strip_chart.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

std::array<Column, kMaxColumns> g_columns;

constexpr float kMinSpanSemitones = 19;
constexpr float kShownConfidence = 0.12F;
constexpr float kVoicedConfidence = 0.5F;  // as the analyzer counts it

// Middle of the voiced frames in view, without the outermost 5 %: where the tracker slips by an
// octave, the picture must not jump.
struct NoteRange {
  int low, high;
  bool any;
};

NoteRange note_range(const History& history, float shown_seconds) {
  std::array<int, 128> frames{};
  int voiced = 0;
  const auto shown = static_cast<std::int64_t>(shown_seconds * kFramesPerSecond);
  const std::int64_t newest = history.count();
  for (std::int64_t f = std::max(history.oldest(), newest - shown); f < newest; ++f) {
    for (const Channel c : {Channel::kPlayedF0, Channel::kF0}) {
      if (history.at(c + 1, f) < kVoicedConfidence || history.at(c, f) <= 0) continue;
      const auto midi = std::lround(midi_of_hz(history.at(c, f)));
      ++frames[static_cast<std::size_t>(std::clamp(midi, 0L, 127L))];
      ++voiced;
    }
  }
  const int cut = voiced * 5 / 100;
  NoteRange range{0, 127, voiced > 0};
  for (int left = cut; range.low < 127; ++range.low) {
    left -= frames[static_cast<std::size_t>(range.low)];
    if (left < 0) break;
  }
  for (int left = cut; range.high > 0; --range.high) {
    left -= frames[static_cast<std::size_t>(range.high)];
    if (left < 0) break;
  }
  return range;
}

// The pitch axis follows what is played, calmly.
void follow_range(Context& context) {
  if (context.view.frozen) return;
  const NoteRange range = note_range(context.history, context.view.shown_seconds);
  if (!range.any) return;
  float low = static_cast<float>(range.low) - 3;
  float high = static_cast<float>(range.high) + 3;
  const float missing = kMinSpanSemitones - (high - low);
  if (missing > 0) {
    low -= 0.5F * missing;
    high += 0.5F * missing;
  }
  const float share = std::min(1.0F, 5.0F * context.view.dt_s);
  context.view.pitch_low_midi += (low - context.view.pitch_low_midi) * share;
  context.view.pitch_high_midi += (high - context.view.pitch_high_midi) * share;
}

void draw_keys(ImDrawList* draw, const Box& plot, const Box& labels, const ValueAxis& axis) {
  const Palette& colours = palette();
  const float semitone = (axis.bottom - axis.top) / (axis.high - axis.low);
  // As many names as there is room for: naturals, C D E G A, C G, or C alone.
  const unsigned named_classes = semitone > u(13)          ? 0b101010110101U
                                 : 2.0F * semitone > u(13) ? 0b001010010101U
                                 : 5.0F * semitone > u(13) ? 0b000010000001U
                                                           : 0b000000000001U;
  for (int midi = static_cast<int>(axis.low); midi <= static_cast<int>(axis.high) + 1; ++midi) {
    const float note = static_cast<float>(midi);
    if (note < axis.low - 0.5F || note > axis.high + 0.5F) continue;
    const float top = axis.y_of(note + 0.5F);
    const float bottom = axis.y_of(note - 0.5F);
    if (is_black_key(midi)) {
      draw->AddRectFilled({plot.x0, top}, {plot.x1, bottom}, fade(colours.background, 0.75F));
    }
    if (midi % 12 == 0) {
      draw->AddRectFilled({plot.x0, bottom - u(0.5F)}, {plot.x1, bottom + u(0.5F)},
                          fade(colours.faint, 0.7F));
    }
    const bool is_c = midi % 12 == 0;
    const bool named = ((named_classes >> static_cast<unsigned>(midi % 12)) & 1U) != 0;
    const float y = axis.y_of(note);
    if (!named || y < plot.y0 + u(5) || y > plot.y1 - u(5)) continue;
    char words[8];
    write_note(words, sizeof words, midi);
    text(draw, Type::kSmall, {labels.x1 - u(8), y}, is_c ? colours.text : colours.dim, words,
         Align::kRight);
  }
}

// f0 as a curve over MIDI notes; opacity follows the confidence. A jump starts a new piece, so that
// notes stand apart.
void draw_f0(ImDrawList* draw, const Context& context, Channel f0, const TimeAxis& time,
             const ValueAxis& axis, const CurveLook& look) {
  constexpr float kJumpSemitones = 1.6F;
  pick_surest(context.history, f0, f0 + 1, kShownConfidence, time.first_column,
              time.frames_per_column, time.columns, g_columns.data());
  float before = 0;
  for (int i = 0; i < time.columns; ++i) {
    Column& column = g_columns[static_cast<std::size_t>(i)];
    if (column.frames == 0) continue;
    const float midi = midi_of_hz(std::fmax(column.min, 1.0F));
    column.min = midi;
    column.max = midi;
    if (before > 0 && std::fabs(midi - before) > kJumpSemitones) column.frames = 0;
    before = midi;
  }
  draw_curve(draw, time, axis, g_columns.data(), look);
}

// The note being played: name, cents on a small tuner, frequency.
void draw_note(ImDrawList* draw, const Box& box, const Context& context) {
  const Palette& colours = palette();
  const float y = box.centre().y;
  const float hz = context.read(Channel::kPlayedF0);
  const bool voiced = hz > 0 && context.read(Channel::kPlayedConfidence) >= kVoicedConfidence;
  float x = box.x1;
  char words[32];
  std::snprintf(words, sizeof words, "%.1f Hz", static_cast<double>(hz));
  text(draw, Type::kBody, {x, y}, voiced ? colours.dim : fade(colours.dim, 0), words,
       Align::kRight);
  x -= u(76);
  const Tuning tuning = voiced ? tuning_of_hz(hz) : Tuning{};
  // Tuner: −50…+50 cents, good within 5.
  const Box tuner{x - u(96), y - u(3), x, y + u(3)};
  draw->AddRectFilled(tuner.min(), tuner.max(), colours.raised, u(3));
  const float middle = tuner.centre().x;
  draw->AddRectFilled({middle - u(0.75F), y - u(7)}, {middle + u(0.75F), y + u(7)}, colours.faint);
  if (voiced) {
    const bool in_tune = std::fabs(tuning.cents) <= 5;
    const float needle = middle + tuner.width() * tuning.cents / 100.0F;
    draw->AddCircleFilled({needle, y}, u(5), in_tune ? colours.good : colours.warn);
    write_signed(words, sizeof words, tuning.cents, 0, "¢");
    x = tuner.x0 - u(10);
    text(draw, Type::kBody, {x, y}, colours.text, words, Align::kRight);
    write_note(words, sizeof words, tuning.midi);
    text(draw, Type::kTitle, {x - u(46), y}, colours.text, words, Align::kRight);
  }
}

// How much time every strip shows.
void choose_seconds(const Box& freeze, const Box& panel_box, Context& context) {
  static const char* const kLabels[] = {"1 s", "4 s", "8 s"};
  constexpr float kSeconds[] = {1, 4, 8};
  const Box box{freeze.x0 - u(8 + 126), freeze.y0, freeze.x0 - u(8), freeze.y1};
  if (box.x0 < panel_box.x0 + u(96)) return;  // a phone has no room for it
  int now = 0;
  while (now < 2 && kSeconds[now] < context.view.shown_seconds) ++now;
  const int chosen = segmented("seconds", box, kLabels, 3, now);
  if (chosen >= 0) context.view.shown_seconds = kSeconds[chosen];
}

void draw_hint(ImDrawList* draw, const Box& plot, const Context& context) {
  if (context.history.count() > 0) return;
  text(draw, Type::kBody, plot.centre(), palette().dim,
       context.now.status.running ? "Listening …" : "Press Start and play or sing", Align::kCentre);
}

}  // namespace

void draw_pitch(const Box& box, Context& context) {
  follow_range(context);
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box plot = panel(draw, box, "Pitch");
  draw_note(draw, {plot.x0, box.y0 + u(8), plot.x1, box.y0 + u(32)}, context);
  const Box labels = plot.cut_left(u(72), u(10));
  remember_item("pitch", plot);
  add_backdrop(plot, mix(palette().panel, palette().background, 0.25F));
  const TimeAxis time(plot, context.view);
  const ValueAxis axis{context.view.pitch_low_midi, context.view.pitch_high_midi, plot.y1, plot.y0,
                       false};
  draw->PushClipRect({labels.x0, plot.y0}, plot.max(), true);
  draw_keys(draw, plot, labels, axis);
  draw->PopClipRect();
  draw->PushClipRect(plot.min(), plot.max(), true);
  draw_time_grid(draw, time);
  const bool transposed = std::fabs(context.now.value(Param::kTranspose)) > 0.05F;
  if (transposed)
    draw_f0(
        draw, context, Channel::kF0, time, axis,
        {.line = fade(palette().accent, 0.6F), .width_css_px = 1.5F, .opacity_by_weight = true});
  draw_f0(draw, context, Channel::kPlayedF0, time, axis,
          {.line = palette().text, .width_css_px = 2.0F, .opacity_by_weight = true});
  hover_time(draw, time, context);
  draw->PopClipRect();
  draw_hint(draw, plot, context);
}

void draw_loudness(const Box& box, Context& context) {
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box plot = panel(draw, box, "Loudness");
  char words[24];
  const float played = context.read(Channel::kPlayedLoudness);
  write_signed(words, sizeof words, played, 1, "dB(A)");
  if (context.history.count() > 0) {
    text(draw, Type::kBody, {plot.x1, box.y0 + u(20)}, colours.text, words, Align::kRight);
  }
  const float freeze_x = box.x1 - u(14 + 100);
  const Box freeze{freeze_x - u(78), box.y0 + u(6), freeze_x, box.y0 + u(34)};
  if (button("freeze", freeze, context.view.frozen ? "Frozen" : "Freeze", ButtonLook::kPlain,
             context.view.frozen)) {
    context.view.action = Action::kFreeze;
  }
  choose_seconds(freeze, box, context);
  const Box labels = plot.cut_left(u(72), u(10));
  remember_item("loudness", plot);
  add_backdrop(plot, mix(colours.panel, colours.background, 0.6F));
  const TimeAxis time(plot, context.view);
  const ValueAxis axis{-90, 0, plot.y1, plot.y0};
  for (const int db : {0, -20, -40, -60, -80}) {
    const float y = std::round(axis.y_of(static_cast<float>(db)));
    if (db < 0) draw->AddRectFilled({plot.x0, y}, {plot.x1, y + u(1)}, fade(colours.line, 0.6F));
    if (db != 0 && db != -40 && db != -80 && plot.height() < u(80)) continue;
    write_signed(words, sizeof words, static_cast<float>(db), 0, "");
    text(draw, Type::kSmall, {labels.x1 - u(8), std::fmax(y, plot.y0 + u(5))}, colours.dim, words,
         Align::kRight);
  }
  draw->PushClipRect(plot.min(), plot.max(), true);
  draw_time_grid(draw, time);
  draw_with_ghost(draw, context.history, Channel::kPlayedLoudness, Channel::kLoudness, time, axis,
                  {.line = colours.text, .width_css_px = 1.75F, .fill_opacity = 0.16F},
                  {.line = fade(colours.accent, 0.7F), .width_css_px = 1.25F});
  // Below the gate the synth is silent.
  const float gate_db = context.now.value(Param::kGate);
  const float gate_y = std::round(axis.y_of(gate_db));
  if (gate_db > axis.low) {
    for (float x = plot.x0; x < plot.x1; x += u(9)) {
      draw->AddRectFilled({x, gate_y}, {x + u(5), gate_y + u(1)}, fade(colours.warn, 0.7F));
    }
    text(draw, Type::kSmall, {plot.x0 + u(6), gate_y - u(8)}, fade(colours.warn, 0.9F), "gate");
  }
  hover_time(draw, time, context);
  draw->PopClipRect();
}

}  // namespace sideband::ui
