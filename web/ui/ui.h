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

  Snapshot snapshot_;
  History frozen_;
  View view_;
  CommandQueue commands_;
  Parts parts_;
  float scroll_speed_ = 0;  // device pixels per second, of a flick
  bool scrolling_ = false;
  float since_traces_s_ = 1000;
};

}  // namespace sideband::ui
