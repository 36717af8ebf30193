#include "web/ui/exports/platform_web.h"

#include <cfloat>

#include <emscripten.h>

#include "imgui.h"
#include "imgui_impl_opengl3.h"
#include "imgui_internal.h"
#include "web/ui/spectrogram_texture.h"
#include "web/ui/theme.h"

// clang-format off
EM_JS(int, js_attach_canvas, (), {
  const canvas = Module["canvas"];
  if (!canvas) return 0;
  const handle = GL.createContext(canvas, {
    majorVersion: 2, minorVersion: 0, alpha: false, depth: false, stencil: false,
    antialias: false, preserveDrawingBuffer: false, powerPreference: "low-power",
  });
  if (!handle) return 0;
  GL.makeContextCurrent(handle);
  if (!canvas.hasAttribute("tabindex")) canvas.tabIndex = 0;

  const kinds = { mouse: 0, touch: 1, pen: 2 };
  const pointer = (event, action) => {
    const box = canvas.getBoundingClientRect();
    _ui_on_pointer(event.clientX - box.left, event.clientY - box.top, kinds[event.pointerType] | 0,
                   action, event.button, event.shiftKey ? 1 : 0);
  };
  // One finger at a time plays; a second one is left to the browser.
  let down = null;
  let kind = kinds.mouse; // of the last press
  canvas.addEventListener("pointerdown", (event) => {
    if (down !== null) return;
    down = event.pointerId;
    kind = kinds[event.pointerType] | 0;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    pointer(event, 1);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (down === null || down === event.pointerId) pointer(event, 0);
  });
  const release = (event, action) => {
    if (down !== event.pointerId) return;
    down = null;
    pointer(event, action);
  };
  canvas.addEventListener("pointerup", (event) => release(event, 2));
  canvas.addEventListener("pointercancel", (event) => release(event, 4));
  // Where the page scrolls with the finger, an operator must still be draggable in any direction.
  canvas.addEventListener("touchstart", (event) => {
    const box = canvas.getBoundingClientRect();
    const touch = event.changedTouches[0];
    if (_ui_grabs(touch.clientX - box.left, touch.clientY - box.top)) event.preventDefault();
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => {
    if (kind !== kinds.touch) _ui_on_double_click();
  });
  canvas.addEventListener("pointerleave", (event) => {
    if (down === null) pointer(event, 3);
  });
  canvas.addEventListener("wheel", (event) => {
    if (event.ctrlKey) return;
    const unit = event.deltaMode === 1 ? 33 : event.deltaMode === 2 ? 400 : 1;
    if (_ui_on_wheel(event.deltaX * unit, event.deltaY * unit)) event.preventDefault();
  }, { passive: false });
  const key = (event, is_down) => {
    if (_ui_on_key(event.key.length === 1 ? event.key.toLowerCase().charCodeAt(0)
                                          : event.key === "Escape" ? 27 : event.key === "Shift" ? 16 : 0,
                   is_down, event.ctrlKey || event.altKey || event.metaKey ? 1 : 0)) {
      event.preventDefault();
    }
  };
  canvas.addEventListener("keydown", (event) => { if (!event.repeat) key(event, 1); });
  canvas.addEventListener("keyup", (event) => key(event, 0));
  // For browser tests: {x, y, width, height} of a named widget, from the canvas's corner, or null.
  canvas.item_rect = (name) => {
    const text = _ui_text_buffer();
    const out = _ui_patch_buffer();
    stringToUTF8(name, text, 64);
    if (!_ui_item_rect(text, out)) return null;
    const at = HEAPF32.subarray(out >> 2, (out >> 2) + 4);
    return { x: at[0], y: at[1], width: at[2], height: at[3] };
  };
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    _ui_on_context(0);
  });
  canvas.addEventListener("webglcontextrestored", () => _ui_on_context(1));
  return 1;
});

EM_JS(void, js_resize_canvas, (int width, int height, int scrolls), {
  const canvas = Module["canvas"];
  canvas.width = width;
  canvas.height = height;
  canvas.style.touchAction = scrolls ? "none" : "pan-y";
});

EM_JS(void, js_set_cursor, (int cursor), {
  Module["canvas"].style.cursor = ["default", "pointer", "ew-resize"][cursor];
});
// clang-format on

namespace {

bool g_input = true;
bool g_context_lost = false;
bool g_double_click = false;

bool g_scrolls = false;  // the canvas is too small for everything

}  // namespace

extern "C" {

enum PointerAction { kMove = 0, kDown = 1, kUp = 2, kLeave = 3, kCancel = 4 };

EMSCRIPTEN_KEEPALIVE void ui_on_pointer(float x, float y, int kind, int action, int button,
                                        int shift) {
  ImGuiIO& io = ImGui::GetIO();
  const ImGuiMouseSource sources[] = {ImGuiMouseSource_Mouse, ImGuiMouseSource_TouchScreen,
                                      ImGuiMouseSource_Pen};
  io.AddMouseSourceEvent(sources[kind]);
  io.AddKeyEvent(ImGuiMod_Shift, shift != 0);
  if (action == kLeave || action == kCancel) {
    io.AddMousePosEvent(-FLT_MAX, -FLT_MAX);
  } else {
    io.AddMousePosEvent(sideband::ui::u(x), sideband::ui::u(y));
  }
  const int which = button == 2 ? ImGuiMouseButton_Right : ImGuiMouseButton_Left;
  if (action == kDown) io.AddMouseButtonEvent(which, true);
  if (action == kUp || action == kCancel) {
    io.AddMouseButtonEvent(ImGuiMouseButton_Left, false);
    io.AddMouseButtonEvent(ImGuiMouseButton_Right, false);
    // A finger that is gone hovers over nothing.
    if (kind == 1) io.AddMousePosEvent(-FLT_MAX, -FLT_MAX);
  }
  g_input = true;
}

EMSCRIPTEN_KEEPALIVE void ui_on_double_click() {
  g_double_click = true;
  g_input = true;
}

// Returns whether the interface takes the wheel.
EMSCRIPTEN_KEEPALIVE int ui_on_wheel(float dx, float dy) {
  constexpr float kPixelsPerStep = 100;
  ImGui::GetIO().AddMouseWheelEvent(-dx / kPixelsPerStep, -dy / kPixelsPerStep);
  g_input = true;
  return g_scrolls || ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup) ? 1 : 0;
}

// Returns whether the key is one of the interface's.
EMSCRIPTEN_KEEPALIVE int ui_on_key(int code, int down, int modified) {
  ImGuiIO& io = ImGui::GetIO();
  g_input = true;
  io.AddKeyEvent(ImGuiMod_Ctrl, modified != 0);
  ImGuiKey key = ImGuiKey_None;
  if (code == ' ') key = ImGuiKey_Space;
  if (code == 'a') key = ImGuiKey_A;
  if (code == 'b') key = ImGuiKey_B;
  if (code == 'c') key = ImGuiKey_C;
  if (code == 'f') key = ImGuiKey_F;
  if (code == 'm') key = ImGuiKey_M;
  if (code == 's') key = ImGuiKey_S;
  if (code == 'y') key = ImGuiKey_Y;
  if (code == 'z') key = ImGuiKey_Z;
  if (code >= '1' && code <= '6') key = static_cast<ImGuiKey>(ImGuiKey_1 + (code - '1'));
  if (code == 27) key = ImGuiKey_Escape;
  if (code == 16) {
    io.AddKeyEvent(ImGuiMod_Shift, down != 0);
    return 0;
  }
  const bool takes_modifier = key == ImGuiKey_Z || key == ImGuiKey_Y;
  if (key == ImGuiKey_None || (down != 0 && (modified != 0) != takes_modifier)) return 0;
  io.AddKeyEvent(key, down != 0);
  return 1;
}

EMSCRIPTEN_KEEPALIVE void ui_on_context(int restored) {
  g_context_lost = restored == 0;
  if (restored == 0) return;
  // The objects went with the old context; the next frame makes new ones.
  ImGui_ImplOpenGL3_DestroyDeviceObjects();
  sideband::ui::spectrogram_texture().forget();
  g_input = true;
}

}  // extern "C"

namespace sideband::ui {

bool attach_canvas() {
  return js_attach_canvas() != 0;
}
void resize_canvas(int width, int height, bool scrolls) {
  g_scrolls = scrolls;
  js_resize_canvas(width, height, scrolls ? 1 : 0);
}
bool context_lost() {
  return g_context_lost;
}
double now_s() {
  return emscripten_get_now() / 1000.0;
}

bool take_double_click() {
  // ImGui times clicks by the pictures that take them in, one press or release each, so where
  // pictures are slow two clicks seem too far apart. The browser knows better, except of fingers.
  if (ImGui::GetIO().MouseSource == ImGuiMouseSource_TouchScreen) {
    g_double_click = false;
    return ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left);
  }
  if (!g_double_click || ImGui::GetCurrentContext()->InputEventsQueue.Size > 0) return false;
  g_double_click = false;
  return true;
}

void update_cursor() {
  static int shown = 0;
  const ImGuiMouseCursor cursor = ImGui::GetMouseCursor();
  const int wanted = cursor == ImGuiMouseCursor_Hand       ? 1
                     : cursor == ImGuiMouseCursor_ResizeEW ? 2
                                                           : 0;
  if (wanted != shown) js_set_cursor(wanted);
  shown = wanted;
}

bool take_input_flag() {
  const bool input = g_input;
  g_input = false;
  return input;
}

bool input_waits() {
  const int queued = ImGui::GetCurrentContext()->InputEventsQueue.Size;
  return !g_context_lost && (g_input || g_double_click || queued > 0);
}

}  // namespace sideband::ui
