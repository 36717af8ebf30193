// The interface's own controls. Every one is known by a name, by which browser tests find it.
#pragma once

#include "core/params.h"
#include "web/ui/box.h"
#include "web/ui/theme.h"

namespace sideband::ui {

// Where a named widget was drawn in this frame, in device pixels.
void begin_items();
void remember_item(const char* name, const Box& box);
bool find_item(const char* name, Box& box);

// A gesture that must not turn into scrolling; reset every frame.
void claim_gesture();
bool gesture_claimed();
void reset_gesture();

// Whether the left button was pressed twice, the second time just now; set in every frame.
void set_double_clicked(bool clicked);
bool double_clicked();

// Areas of one opaque colour below everything else, in order. The renderer clears them, which costs
// next to nothing where there is no GPU; a filled rectangle would be shaded pixel by pixel.
struct Backdrop {
  Box box;
  ImU32 colour = 0;
};
void begin_backdrops();
void add_backdrop(const Box& box, ImU32 colour);
int backdrop_count();
const Backdrop& backdrop(int index);

// Draws a panel; returns what is left inside it, below the title.
Box panel(ImDrawList* draw, const Box& box, const char* title);

// An area that can be pressed; what it looks like is the caller's.
struct Press {
  bool pressed = false;
  bool hovered = false;
};
Press pressable(const char* name, const Box& box);

enum class ButtonLook { kPlain, kPrimary, kDanger, kQuiet };
bool button(const char* name, const Box& reach, const char* label, ButtonLook look,
            bool on = false);

// One choice of `count`; returns the index pressed, or −1.
int segmented(const char* name, const Box& box, const char* const* labels, int count, int chosen);

// A labelled slider over the parameter's travel. True when `value` changed. `colour` 0: the accent.
// `shown`: the value in words, where the parameter's own are not meant.
bool slider(const char* name, const Box& box, const char* label, const ParamInfo& info,
            float& value, ImU32 colour = 0, const char* shown = nullptr);

// A small switch with a letter or a word; on, it has the colour. `ink` is the word's, 0 the usual
// one. True when pressed.
bool toggle(const char* name, const Box& box, const char* label, bool on, ImU32 colour,
            ImU32 ink = 0);

// A list to choose from. Returns the index chosen, or −1.
int chooser(const char* name, const Box& box, const char* shown, const char* const* entries,
            int count);

// A tooltip with a title and up to one more line each for `detail` and `note`.
void tip(const char* title, const char* detail, const char* note = nullptr);

}  // namespace sideband::ui
