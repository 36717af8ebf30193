// What can be changed: the transport row, the models, and sliders for every live parameter.
#include <array>
#include <cmath>
#include <cstdio>

#include "web/ui/panels.h"
#include "web/ui/param_slider.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

// Order of the sliders in the controls panel: from the input to the output.
constexpr std::array kShownParams{Param::kInputGain, Param::kGate,       Param::kLoudnessOffset,
                                  Param::kTranspose, Param::kIndexScale, Param::kBrightness,
                                  Param::kNoise,     Param::kReverbWet,  Param::kReverbDecay,
                                  Param::kOutputGain};

void draw_slots(const Box& box, Context& context) {
  const char* letters[kSlotCount] = {"A", "B"};
  char words[kSlotCount][112];
  const char* labels[kSlotCount];
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    std::snprintf(words[i], sizeof words[i], "%s  %s", letters[i], context.now.slot[i].name.data());
    labels[i] = words[i];
  }
  const int chosen = segmented("slot", box, labels, kSlotCount, context.now.heard_slot());
  if (chosen >= 0) context.emit(CommandKind::kChooseSlot, static_cast<float>(chosen));
}

}  // namespace

void draw_transport(const Box& box, Context& context) {
  Box row = box;
  const bool running = context.now.status.running;
  const bool two_rows = box.height() > u(80);
  Box first = two_rows ? row.cut_top(u(44), u(8)) : row;
  if (button("start", first.cut_left(u(112), u(10)), running ? "Stop" : "Start",
             running ? ButtonLook::kDanger : ButtonLook::kPrimary)) {
    context.emit(running ? CommandKind::kStop : CommandKind::kStart);
  }
  static const char* const kSources[] = {"Mic", "Clip", "File"};
  const Box source =
      two_rows ? first : first.cut_left(std::fmin(u(216), 0.3F * first.width()), u(10));
  const int picked = segmented("source", source, kSources, static_cast<int>(Source::kCount),
                               static_cast<int>(context.now.source));
  if (picked >= 0) context.emit(CommandKind::kSource, static_cast<float>(picked));
  draw_slots(two_rows ? row : first, context);
}

void draw_models(const Box& box, Context& context) {
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  ImDrawList* const draw = ImGui::GetWindowDrawList();
  Box inner = panel(draw, box, "Models");
  static const char* const kLetters[] = {"A", "B"};
  static const char* const kNames[] = {"model_a", "model_b"};
  for (int i = 0; i < kSlotCount; ++i) {
    Box row = inner.cut_top(u(38), u(6));
    const bool heard = context.now.heard_slot() == i;
    const Box letter = row.cut_left(u(24), u(4));
    text(draw, Type::kStrong, {letter.x0 + u(4), letter.centre().y},
         heard ? palette().accent : palette().dim, kLetters[i]);
    const Slot& slot = context.now.slot[static_cast<std::size_t>(i)];
    const char* shown = slot.name[0] != 0 ? slot.name.data() : "No model";
    const int chosen =
        chooser(kNames[i], row, shown, context.now.models.name.data(), context.now.models.count);
    if (chosen >= 0) {
      context.emit(CommandKind::kLoadModel, static_cast<float>(i), static_cast<float>(chosen));
    }
  }
}

void draw_controls(const Box& box, Context& context) {
  if (!ImGui::IsRectVisible(box.min(), box.max())) return;
  Box inner = panel(ImGui::GetWindowDrawList(), box, "Controls");
  const float row = inner.height() / static_cast<float>(kShownParams.size());
  for (const Param param : kShownParams)
    param_slider(inner.cut_top(row), param, param == Param::kIndexScale ? "I max" : nullptr, 0,
                 context);
}

}  // namespace sideband::ui
