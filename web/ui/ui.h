// The whole interface: told what is, draws it, hands out commands. One per page.
#pragma once

#include "web/ui/context.h"
#include "web/ui/layout.h"

namespace sideband::ui {

class Ui {
 public:
  // Once a Dear ImGui context exists and set_scale() has been called.
  void push_traces(const float* traces, int count);
  void set_status(const Status& status);
  void set_patch(int slot, const FmPatch& patch);
  void set_model(int slot, const char* name);
  void set_param(int index, float value);
  void set_source(int source);
  void set_parts(const Parts& parts) { parts_ = parts; }
  const Parts& parts() const { return parts_; }
  ModelList& models() { return snapshot_.models; }
  // What the speakers got last: `picture()` is filled by the caller, then taken in.
  OutputPicture& picture() { return snapshot_.picture; }
  bool wants_picture() const { return !view_.frozen; }
  void take_picture();

  // At once; the same that the panels' own buttons ask for.
  void perform(Action action, double now_s);
  // Watches for finished edits; once per callback of the browser, drawn or not.
  void forget_edits() { edits_.start_from(snapshot_.edits()); }
  void watch_edits(double now_s, bool pointer_held);
  void set_frame_ms(float frame_ms) { snapshot_.status.frame_ms = frame_ms; }

  const FmPatch& patch(int slot) const {
    return snapshot_.slot[static_cast<std::size_t>(slot)].patch;
  }

  Command next_command() { return commands_.pop(); }
  const char* model_name(int index) const;

  // Draws a frame of the given size (device pixels) between ImGui::NewFrame() and Render().
  void draw(float width, float height, float dt_s);

  // False while drawing again would show the same picture.
  bool moving() const;

 private:
  void advance(float dt_s);
  void handle_keys(Context& context);
  void handle_touch_scroll(float dt_s);
  void restore(const EditState& state);
  Context context() {
    return {snapshot_, view_.frozen ? frozen_ : snapshot_.history, spectrogram_, view_, commands_};
  }

  Snapshot snapshot_;
  History frozen_;
  View view_;
  CommandQueue commands_;
  Parts parts_;
  Spectrogram spectrogram_;
  EditRecorder edits_;
  EditState before_compare_;
  double now_s_ = 0;
  float scroll_speed_ = 0;  // device pixels per second, of a flick
  bool scrolling_ = false;
  float since_traces_s_ = 1000;
};

}  // namespace sideband::ui
