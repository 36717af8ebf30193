#include "web/ui/ui.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "imgui_internal.h"
#include "web/ui/panels.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

// Traces come in bursts; the strips move on evenly, this far behind the newest frame.
constexpr double kDisplayLagFrames = 5;

}  // namespace

void Ui::push_traces(const float* traces, int count) {
  for (int i = 0; i < count; ++i) {
    const float* trace = traces + static_cast<std::ptrdiff_t>(i) * kTraceFloats;
    snapshot_.history.push(trace);
    snapshot_.input.push(trace[static_cast<std::size_t>(Channel::kInputPeak)]);
    snapshot_.output.push(trace[static_cast<std::size_t>(Channel::kOutputPeak)]);
    if (trace[static_cast<std::size_t>(Channel::kNoiseLevel)] > 0) view_.noise_heard = true;
  }
  if (count > 0) since_traces_s_ = 0;
}

void Ui::set_status(const Status& status) {
  const float frame_ms = snapshot_.status.frame_ms;
  snapshot_.status = status;
  snapshot_.status.frame_ms = frame_ms;
}

void Ui::take_picture() {
  snapshot_.picture.tidy();
  spectrogram_.push(snapshot_.picture, snapshot_.history.count());
  since_traces_s_ = 0;
}

void Ui::set_patch(int slot, const FmPatch& patch) {
  Slot& target = snapshot_.slot[static_cast<std::size_t>(slot)];
  target.patch = patch;
  if (target.awaits_model_patch) {
    target.model_patch = patch;
    edits_.replace_patch(slot, patch);
  }
  target.awaits_model_patch = false;
  target.has_patch = std::any_of(patch.carrier.begin(), patch.carrier.end(),
                                 [](float gain) { return gain != 0; }) ||
                     target.has_patch;
}

void Ui::set_model(int slot, const char* name) {
  Slot& target = snapshot_.slot[static_cast<std::size_t>(slot)];
  target = {};
  std::strncpy(target.name.data(), name, target.name.size() - 1);
  view_.noise_heard = false;
  if (slot == snapshot_.heard_slot()) {
    view_.preset_from = view_.preset_to = 0;
    view_.morph = 1;
  }
}

void Ui::set_param(int index, float value) {
  if (index < 0 || index >= kParamCount || !std::isfinite(value)) return;
  snapshot_.param[static_cast<std::size_t>(index)] = value;
}

void Ui::set_source(int source) {
  if (source < 0 || source >= static_cast<int>(Source::kCount)) return;
  snapshot_.source = static_cast<Source>(source);
}

const char* Ui::model_name(int index) const {
  if (index < 0 || index >= snapshot_.models.count) return "";
  return snapshot_.models.name[static_cast<std::size_t>(index)];
}

bool Ui::moving() const {
  return since_traces_s_ < 2 || std::fabs(scroll_speed_) > 1 ||
         snapshot_.input.hold_db > kMeterFloorDb || snapshot_.output.hold_db > kMeterFloorDb;
}

void Ui::advance(float dt_s) {
  view_.dt_s = dt_s;
  since_traces_s_ += dt_s;
  snapshot_.input.advance(dt_s);
  snapshot_.output.advance(dt_s);
  view_.hovering_time = view_.pending_hover;
  view_.hover_frame = view_.pending_frame;
  view_.pending_hover = false;

  const History& shown = view_.frozen ? frozen_ : snapshot_.history;
  if (!view_.frozen) {
    const double target = std::max(0.0, static_cast<double>(shown.count()) - kDisplayLagFrames);
    const double error = target - view_.head_frame;
    if (std::fabs(error) > 100) {
      view_.head_frame = target;  // a gap, or the page was hidden
    } else if (since_traces_s_ < 0.15F) {
      view_.head_frame += static_cast<double>(dt_s * kFramesPerSecond);
      view_.head_frame +=
          (target - view_.head_frame) * std::min(1.0, 3.0 * static_cast<double>(dt_s));
    }
  }
  const std::int64_t newest = shown.count() - 1;
  const bool at_hover = view_.hovering_time && shown.holds(view_.hover_frame);
  view_.read_frame = at_hover ? view_.hover_frame : newest;
  view_.shown_frame = at_hover && view_.frozen ? view_.hover_frame : newest;
}

// ImGui scrolls with the wheel only: a finger that drags anything but a control drags the page.
void Ui::handle_touch_scroll(float dt_s) {
  const ImGuiIO& io = ImGui::GetIO();
  ImGuiWindow* const window = ImGui::GetCurrentWindow();
  const bool touch = io.MouseSource == ImGuiMouseSource_TouchScreen;
  if (touch && io.MouseDown[0] && !gesture_claimed() &&
      !ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup)) {
    const ImVec2 moved = ImGui::GetMouseDragDelta(ImGuiMouseButton_Left, 0);
    if (!scrolling_ && std::fabs(moved.y) > u(8) && std::fabs(moved.y) > std::fabs(moved.x)) {
      scrolling_ = true;
      ImGui::ClearActiveID();
    }
    if (scrolling_) {
      ImGui::SetScrollY(window, window->Scroll.y - io.MouseDelta.y);
      if (dt_s > 0) scroll_speed_ += 0.4F * (-io.MouseDelta.y / dt_s - scroll_speed_);
    }
  } else if (!io.MouseDown[0]) {
    scrolling_ = false;
    if (std::fabs(scroll_speed_) > u(15)) {
      ImGui::SetScrollY(window, window->Scroll.y + scroll_speed_ * dt_s);
      scroll_speed_ *= std::exp(-3.5F * dt_s);
    } else {
      scroll_speed_ = 0;
    }
  }
  if (io.MouseClicked[0]) scroll_speed_ = 0;
  reset_gesture();
}

void Ui::handle_keys(Context& context) {
  const ImGuiIO& io = ImGui::GetIO();
  const auto hit = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, false); };
  if (io.KeyAlt || io.KeySuper) return;
  if (io.KeyCtrl) {
    if (hit(ImGuiKey_Z)) view_.action = io.KeyShift ? Action::kRedo : Action::kUndo;
    if (hit(ImGuiKey_Y)) view_.action = Action::kRedo;
    return;
  }
  if (hit(ImGuiKey_Space)) {
    context.emit(snapshot_.status.running ? CommandKind::kStop : CommandKind::kStart);
  }
  if (hit(ImGuiKey_A)) context.emit(CommandKind::kChooseSlot, 0);
  if (hit(ImGuiKey_B)) context.emit(CommandKind::kChooseSlot, 1);
  if (hit(ImGuiKey_F)) view_.action = Action::kFreeze;
  if (hit(ImGuiKey_C)) view_.action = Action::kCompareOn;
  if (ImGui::IsKeyReleased(ImGuiKey_C)) view_.action = Action::kCompareOff;
  const auto flip = [&](Param of_operator_1) {
    const Param param = param_of(of_operator_1, view_.selected_op);
    context.emit(CommandKind::kSetParam, static_cast<float>(param),
                 snapshot_.value(param) >= 0.5F ? 0.0F : 1.0F);
  };
  for (int op = 0; op < kOperators; ++op) {
    if (hit(static_cast<ImGuiKey>(ImGuiKey_1 + op))) view_.selected_op = op;
  }
  if (hit(ImGuiKey_M)) flip(Param::kMute1);
  if (hit(ImGuiKey_S)) flip(Param::kSolo1);
}

// Every difference is a command of its own; nothing of it is recorded as an edit.
void Ui::restore(const EditState& state) {
  Context target = context();
  for (std::size_t i = 0; i < state.param.size(); ++i) {
    if (i == static_cast<std::size_t>(Param::kSlot) || state.param[i] == snapshot_.param[i])
      continue;
    target.emit(CommandKind::kSetParam, static_cast<float>(i), state.param[i]);
  }
  for (int slot = 0; slot < kSlotCount; ++slot) {
    const auto n = static_cast<std::size_t>(slot);
    if (!snapshot_.slot[n].has_patch) continue;
    if (!EditState::same_patch(state.patch[n], snapshot_.slot[n].patch)) {
      target.edit_patch(slot, state.patch[n]);
    }
  }
  edits_.adopt(snapshot_.edits());
}

void Ui::perform(Action action, double now_s) {
  if (action == Action::kFreeze) {
    view_.frozen = !view_.frozen;
    if (view_.frozen) frozen_ = snapshot_.history;
    return;
  }
  if (view_.comparing != (action == Action::kCompareOff)) return;
  if (!view_.comparing) edits_.watch(snapshot_.edits(), false, now_s, true);
  const Slot& slot = snapshot_.heard();
  switch (action) {
    case Action::kUndo:
      if (edits_.history.can_undo()) restore(edits_.history.undo());
      break;
    case Action::kRedo:
      if (edits_.history.can_redo()) restore(edits_.history.redo());
      break;
    case Action::kReset:
      context().apply(untouched(snapshot_.param, slot.model_patch));
      view_.preset_from = view_.preset_to = 0;
      view_.morph = 1;
      edits_.watch(snapshot_.edits(), false, now_s, true);
      break;
    case Action::kCompareOn:
      before_compare_ = snapshot_.edits();
      view_.comparing = true;
      context().apply(untouched(snapshot_.param, slot.model_patch));
      break;
    case Action::kCompareOff:
      restore(before_compare_);
      view_.comparing = false;
      break;
    default:
      break;
  }
}

void Ui::watch_edits(double now_s, bool pointer_held) {
  now_s_ = now_s;
  if (!view_.comparing) edits_.watch(snapshot_.edits(), pointer_held, now_s);
  view_.can_undo = edits_.history.can_undo();
  view_.can_redo = edits_.history.can_redo();
}

void Ui::draw(float width, float height, float dt_s) {
  advance(dt_s);
  begin_items();
  begin_backdrops();
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize({width, height});
  ImGui::Begin("Sideband", nullptr,
               ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize |
                   ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                   ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoBringToFrontOnFocus);
  handle_touch_scroll(dt_s);
  Context context = this->context();
  handle_keys(context);
  view_.narrow = width / scale() < 680;
  const Layout layout = arrange(width / scale(), height / scale(), parts_);
  const float top = -ImGui::GetScrollY();
  const auto show = [&](Panel which, auto draw_panel) {
    const Area& area = layout.of(which);
    if (area.height <= 0) return;
    const float x = u(area.x);
    const float y = u(area.y) + top;
    const Box box{std::round(x), std::round(y), std::round(x + u(area.width)),
                  std::round(y + u(area.height))};
    draw_panel(box, context);
  };
  show(Panel::kTransport, draw_transport);
  show(Panel::kGraph, draw_graph);
  show(Panel::kPresets, draw_presets);
  show(Panel::kOperators, draw_operators);
  show(Panel::kSpectrum, draw_spectrum);
  show(Panel::kSpectrogram, draw_spectrogram);
  show(Panel::kPitch, draw_pitch);
  show(Panel::kLoudness, draw_loudness);
  show(Panel::kEnvelopes, draw_envelopes);
  show(Panel::kScope, draw_scope);
  show(Panel::kMeters, draw_meters);
  show(Panel::kModels, draw_models);
  show(Panel::kControls, draw_controls);
  // Tells ImGui how tall the content is.
  ImGui::SetCursorPos({0, std::floor(u(layout.height)) - u(1)});
  ImGui::Dummy({u(1), u(1)});
  ImGui::End();
  const Action action = std::exchange(view_.action, Action::kNone);
  if (action != Action::kNone) perform(action, now_s_);
}

}  // namespace sideband::ui
