// The six operators: mute, solo and level of each, and everything else of the one selected.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "web/ui/notation.h"
#include "web/ui/panels.h"
#include "web/ui/param_slider.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

// The ratio as on a DX7: a whole number or a half, times a fine part below 2.
struct CoarseFine {
  float coarse = 1;  // 0 stands for one half
  float fine = 1;    // 1…1.99

  static CoarseFine of(float ratio) {
    CoarseFine split;
    split.coarse = ratio >= 0.9999F ? std::floor(ratio + 1e-4F) : 0.0F;
    split.fine = ratio / split.base();
    return split;
  }
  float base() const { return coarse >= 0.5F ? coarse : 0.5F; }
  float ratio() const { return base() * fine; }
};

// 4.5 is 3 × 1.5 as well as 4 × 1.125: what was set stays for as long as its ratio sounds, or a
// drag of the fine part would carry the whole part off.
std::array<CoarseFine, kOperators> g_split_set;

CoarseFine split_of(int op, float ratio) {
  const CoarseFine& set = g_split_set[static_cast<std::size_t>(op)];
  return std::fabs(set.ratio() - ratio) <= 1e-6F * ratio ? set : CoarseFine::of(ratio);
}

struct NamedRatio {
  const char* words;
  float ratio;
};
constexpr NamedRatio kNamedRatios[] = {{"½", 0.5F},         {"1", 1},          {"2", 2}, {"3", 3},
                                       {"√2", 1.41421356F}, {"π", 3.14159265F}};

bool on(const Context& context, Param param, int op) {
  return context.now.value(param_of(param, op)) >= 0.5F;
}

void flip(Context& context, Param param, int op) {
  context.emit(CommandKind::kSetParam, static_cast<float>(param_of(param, op)),
               on(context, param, op) ? 0.0F : 1.0F);
}

// The ratio that sounds is the patch's times the parameter's: setting it sets the patch's.
void set_ratio(Context& context, int op, float ratio) {
  const Param scale = param_of(Param::kRatio1, op);
  if (context.now.value(scale) != 1) {
    context.emit(CommandKind::kSetParam, static_cast<float>(scale), 1);
  }
  FmPatch patch = context.now.heard().patch;
  patch.ratio[static_cast<std::size_t>(op)] = ratio;
  context.edit_patch(context.now.heard_slot(), patch);
}

float sounding_ratio(const Context& context, int op) {
  return context.now.heard().patch.ratio[static_cast<std::size_t>(op)] *
         context.now.value(param_of(Param::kRatio1, op));
}

void draw_row(Box row, int op, Context& context) {
  const Palette& colours = palette();
  const ImU32 colour = colours.op[static_cast<std::size_t>(op)];
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const bool selected = context.view.selected_op == op;
  if (selected) {
    const Box ground = row.inset(-u(6), 0);
    draw->AddRectFilled(ground.min(), ground.max(), mix(colours.panel, colour, 0.10F), u(7));
  }
  const float size = std::min(row.height() - u(4), u(context.view.narrow ? 40 : 28));
  const auto square = [&](float gap) {
    const Box place = row.cut_left(size, gap);
    const float y = row.centre().y;
    return Box{place.x0, y - 0.5F * size, place.x1, y + 0.5F * size};
  };
  char name[24];
  char number[4];
  std::snprintf(number, sizeof number, "%d", op + 1);
  std::snprintf(name, sizeof name, "select%d", op + 1);
  if (toggle(name, square(u(8)), number, true,
             selected ? colour : mix(colours.panel, colour, 0.28F),
             selected ? colours.background : colours.text)) {
    context.view.selected_op = op;
  }
  std::snprintf(name, sizeof name, "mute%d", op + 1);
  if (toggle(name, square(u(4)), "M", on(context, Param::kMute1, op), colours.bad)) {
    flip(context, Param::kMute1, op);
  }
  std::snprintf(name, sizeof name, "solo%d", op + 1);
  if (toggle(name, square(u(12)), "S", on(context, Param::kSolo1, op), colours.warn)) {
    flip(context, Param::kSolo1, op);
  }
  const bool carrier = context.now.heard().patch.carrier[static_cast<std::size_t>(op)] != 0;
  const float spare = 0.5F * std::max(0.0F, row.height() - u(36));
  row.y0 += spare;
  param_slider(row, param_of(Param::kLevel1, op), carrier ? "Level" : "Index", colour, context);
}

void draw_ratio_buttons(const Box& row, int op, Context& context) {
  const float ratio = sounding_ratio(context, op);
  const float gap = u(6);
  constexpr int kCount = static_cast<int>(std::size(kNamedRatios));
  const float wide = (row.width() - gap * (kCount - 1)) / kCount;
  for (int i = 0; i < kCount; ++i) {
    const float x = row.x0 + (wide + gap) * static_cast<float>(i);
    char name[16];
    std::snprintf(name, sizeof name, "ratio_%d", i);
    const bool same = std::fabs(ratio / kNamedRatios[i].ratio - 1) < 1e-5F;
    if (toggle(name, {x, row.y0, x + wide, row.y1}, kNamedRatios[i].words, same,
               palette().op[static_cast<std::size_t>(op)])) {
      set_ratio(context, op, kNamedRatios[i].ratio);
    }
  }
}

void draw_coarse_fine(const Box& coarse_box, const Box& fine_box, int op, Context& context) {
  const auto i = static_cast<std::size_t>(op);
  const ImU32 colour = palette().op[i];
  const CoarseFine model = CoarseFine::of(context.now.heard().model_patch.ratio[i]);
  CoarseFine split = split_of(op, sounding_ratio(context, op));
  const auto set_split = [&] {
    g_split_set[i] = split;
    set_ratio(context, op, split.ratio());
  };
  const ParamInfo coarse{"coarse",
                         "",
                         0,
                         31,
                         model.coarse,
                         Curve::kLinear,
                         "The whole part of the ratio to the played pitch"};
  const ParamInfo fine{
      "fine", "", 1, 1.99F, model.fine, Curve::kLinear, "The ratio between two whole numbers"};
  char words[24];
  write_ratio(words, sizeof words, split.base());
  float value = split.coarse;
  if (slider("ratio_coarse", coarse_box, "Ratio", coarse, value, colour, words)) {
    const float whole = std::round(value);
    if (whole != split.coarse) {
      split.coarse = whole;
      set_split();
    }
  }
  std::snprintf(words, sizeof words, "×%.3f", static_cast<double>(split.fine));
  value = split.fine;
  if (slider("ratio_fine", fine_box, "Fine", fine, value, colour, words)) {
    split.fine = std::round(value * 1000) / 1000;
    set_split();
  }
}

}  // namespace

void draw_operators(const Box& box, Context& context) {
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box inner = panel(draw, box, "Operators");
  if (!context.now.heard().has_patch) {
    text(draw, Type::kBody, inner.centre(), palette().dim, "This model has no operators",
         Align::kCentre, inner.width());
    return;
  }
  constexpr float kRows = kOperators + 8;
  const float row = inner.height() / (kRows + 0.3F);
  for (int op = 0; op < kOperators; ++op) draw_row(inner.cut_top(row), op, context);
  inner.cut_top(0.3F * row);

  const int op = context.view.selected_op;
  const ImU32 colour = palette().op[static_cast<std::size_t>(op)];
  const Box buttons = inner.cut_top(row).inset(0, u(2));
  draw_ratio_buttons(buttons, op, context);
  const Box coarse = inner.cut_top(row);
  draw_coarse_fine(coarse, inner.cut_top(row), op, context);
  const struct {
    Param param;
    const char* label;
  } kShown[] = {{Param::kDetune1, "Detune"},
                {Param::kCurve1, "Envelope curve"},
                {Param::kLfoRate1, "LFO rate"},
                {Param::kLfoLevel1, "LFO → level"},
                {Param::kLfoPitch1, "LFO → pitch"}};
  for (const auto& shown : kShown) {
    param_slider(inner.cut_top(row), param_of(shown.param, op), shown.label, colour, context);
  }
}

}  // namespace sideband::ui
