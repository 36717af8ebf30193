// Sounds at one press, the way between the last two pressed, and the way back.
#include <algorithm>
#include <cstdio>

#include "web/ui/panels.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

constexpr ParamInfo kMorph{
    "morph", "", 0, 1, 1, Curve::kLinear, "From the preset before to the one pressed last"};

void play_presets(Context& context) {
  const View& view = context.view;
  const FmPatch& model = context.now.heard().model_patch;
  const Sound from = preset_sound(view.preset_from, context.now.param, model);
  const Sound to = preset_sound(view.preset_to, context.now.param, model);
  context.apply(morph(from, to, view.morph));
}

void press(int index, Context& context) {
  View& view = context.view;
  if (index != view.preset_to) view.preset_from = view.preset_to;
  view.preset_to = index;
  view.morph = 1;
  play_presets(context);
}

// One preset: the one pressed last is full, the one before it is outlined.
void draw_chip(const Box& box, int index, Context& context) {
  const View& view = context.view;
  char name[16];
  std::snprintf(name, sizeof name, "preset%d", index);
  const auto [pressed, hovered] = pressable(name, box);
  const Palette& colours = palette();
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  const bool to = index == view.preset_to;
  const bool from = index == view.preset_from && !to;
  ImU32 fill = hovered ? colours.hovered : colours.raised;
  // How much of it is heard.
  const float share = to ? view.morph : from ? 1 - view.morph : 0.0F;
  if (to || from) fill = mix(colours.raised, colours.accent, 0.15F + 0.75F * share);
  draw->AddRectFilled(box.min(), box.max(), fill, u(7));
  if (to || from) {
    draw->AddRect(box.min(), box.max(), colours.accent, u(7), 0, u(to ? 2.0F : 1.25F));
  }
  text(draw, Type::kBody, box.centre(), share > 0.5F ? colours.on_accent : colours.text,
       preset(index).name, Align::kCentre, box.width() - u(6));
  if (hovered && ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
    tip(preset(index).name, preset(index).text);
  }
  if (pressed) press(index, context);
}

void draw_steps(Box row, Context& context) {
  View& view = context.view;
  const float quarter = 0.25F * (row.width() - u(18));
  const auto ask = [&](const char* name, const char* label, bool can, Action action) {
    const Box box = row.cut_left(quarter, u(6));
    if (button(name, box, label, can ? ButtonLook::kPlain : ButtonLook::kQuiet) && can) {
      view.action = action;
    }
  };
  ask("undo", "Undo", view.can_undo, Action::kUndo);
  ask("redo", "Redo", view.can_redo, Action::kRedo);
  ask("reset", "Reset", true, Action::kReset);
  // Sounds as long as it is held.
  const Box box = row;
  button("compare", box, "Compare", ButtonLook::kPlain, view.comparing);
  if (ImGui::IsItemActivated()) view.action = Action::kCompareOn;
  if (ImGui::IsItemDeactivated()) view.action = Action::kCompareOff;
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
    tip("The untouched model, while you hold this", "Key C does the same");
  }
}

}  // namespace

void draw_presets(const Box& box, Context& context) {
  remember_item("presets", box);
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box inner = panel(draw, box, "Sounds");
  if (!context.now.heard().has_patch) {
    text(draw, Type::kBody, inner.centre(), palette().dim, "Sounds are for FM models",
         Align::kCentre, inner.width());
    return;
  }
  View& view = context.view;
  const float row = view.narrow ? u(44) : u(32);
  draw_steps(inner.cut_bottom(row, u(8)), context);
  Box slide = inner.cut_bottom(u(40), u(4));
  const float gap = u(6);
  const int columns = inner.width() > u(view.narrow ? 420 : 300) ? 3 : 2;
  const int rows = (preset_count() + columns - 1) / columns;
  const float high =
      (inner.height() - gap * static_cast<float>(rows - 1)) / static_cast<float>(rows);
  const float wide =
      (inner.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  for (int i = 0; i < preset_count(); ++i) {
    const float x = inner.x0 + (wide + gap) * static_cast<float>(i % columns);
    const float y = inner.y0 + (high + gap) * static_cast<float>(i / columns);
    draw_chip({x, y, x + wide, y + high}, i, context);
  }
  char label[80];
  if (view.preset_from == view.preset_to) {
    std::snprintf(label, sizeof label, "Press two sounds to slide between them");
  } else {
    std::snprintf(label, sizeof label, "%s → %s", preset(view.preset_from).name,
                  preset(view.preset_to).name);
  }
  char shown[16];
  std::snprintf(shown, sizeof shown, "%.0f %%", static_cast<double>(100 * view.morph));
  if (slider("morph", slide, label, kMorph, view.morph, 0, shown)) play_presets(context);
}

}  // namespace sideband::ui
