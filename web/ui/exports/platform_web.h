// The browser below the interface: canvas, WebGL2 context, pointer, keys and cursor.
#pragma once

namespace sideband::ui {

// Listens to Module.canvas and makes its WebGL2 context current. False where there is no WebGL2.
bool attach_canvas();

// A canvas that shows everything leaves vertical swipes and the wheel to the page.
void resize_canvas(int width_device_px, int height_device_px, bool scrolls);
bool context_lost();

// The CSS cursor for ImGui's current one.
void update_cursor();

double now_s();

// Whether a double click ends in this picture; ask once in each, after ImGui::NewFrame.
bool take_double_click();

// True once after input has come or the context was restored.
bool take_input_flag();

// Whether some of it waits for a picture: each takes in one press or release.
bool input_waits();

}  // namespace sideband::ui
