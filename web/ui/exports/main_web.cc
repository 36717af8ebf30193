// What the page calls: the functions of README.md, each a line or two over Ui.
#include <array>
#include <cmath>
#include <cstring>

#include <GLES3/gl3.h>
#include <emscripten.h>

#include "imgui.h"
#include "imgui_impl_opengl3.h"
#include "web/ui/exports/platform_web.h"
#include "web/ui/frame_pacer.h"
#include "web/ui/spectrogram_texture.h"
#include "web/ui/theme.h"
#include "web/ui/ui.h"
#include "web/ui/widgets.h"

using namespace sideband;
using namespace sideband::ui;

namespace {

constexpr std::size_t kPatchFloats = 6 + 36 + 6 + 1;

Ui g_ui;
FramePacer g_pacer;
std::array<float, static_cast<std::size_t>(kMaxTraceBatch) * kTraceFloats> g_traces;
std::array<float, kPatchFloats> g_patch;
std::array<char, 4096> g_text;
double g_last_frame_s = 0;
double g_changed_s = 0;
double g_frame_ms = 0;  // smoothed
bool g_ready = false;

void note_change() {
  g_changed_s = now_s();
}
// Below Dear ImGui's picture: the page's colour and the panels'.
void clear_backdrops(int height) {
  const auto clear = [](ImU32 colour) {
    const ImVec4 c = ImGui::ColorConvertU32ToFloat4(colour);
    glClearColor(c.x, c.y, c.z, 1);
    glClear(GL_COLOR_BUFFER_BIT);
  };
  glDisable(GL_SCISSOR_TEST);
  clear(palette().background);
  glEnable(GL_SCISSOR_TEST);
  for (int i = 0; i < backdrop_count(); ++i) {
    const Box& box = backdrop(i).box;
    const int x = static_cast<int>(std::lround(box.x0));
    const int y = static_cast<int>(std::lround(box.y1));
    const int w = static_cast<int>(std::lround(box.x1)) - x;
    const int h = y - static_cast<int>(std::lround(box.y0));
    if (w <= 0 || h <= 0) continue;
    glScissor(x, height - y, w, h);
    clear(backdrop(i).colour);
  }
}

int valid_slot(int slot) {
  return slot == 1 ? 1 : 0;
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE int ui_init() {
  if (g_ready) return 1;
  if (!attach_canvas()) return 0;
  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigWindowsResizeFromEdges = false;
  ImGui_ImplOpenGL3_Init("#version 300 es");
  set_scale(1);
  g_ready = true;
  note_change();
  return 1;
}

// The height at which a canvas of this width has nothing to scroll.
EMSCRIPTEN_KEEPALIVE float ui_content_height(float css_width) {
  return arrange(css_width, 0, g_ui.parts()).height;
}

EMSCRIPTEN_KEEPALIVE void ui_resize(float css_width, float css_height, float dpr) {
  if (!g_ready || !(css_width > 0) || !(css_height > 0)) return;
  const float clamped = std::fmin(std::fmax(dpr, 0.5F), 4.0F);
  if (set_scale(clamped)) ImGui_ImplOpenGL3_DestroyDeviceObjects();
  const int width = static_cast<int>(std::lround(css_width * clamped));
  const int height = static_cast<int>(std::lround(css_height * clamped));
  ImGui::GetIO().DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
  const bool scrolls = ui_content_height(css_width) > css_height + 0.5F;
  resize_canvas(width, height, scrolls);
  note_change();
}

EMSCRIPTEN_KEEPALIVE void ui_set_parts(int parts) {
  g_ui.set_parts({(parts & 1) != 0, (parts & 2) != 0});
  note_change();
}

// Whether a finger put there moves something of the interface's in every direction.
EMSCRIPTEN_KEEPALIVE int ui_grabs(float css_x, float css_y) {
  for (int op = 1; op <= kOperators; ++op) {
    const char name[4] = {'o', 'p', static_cast<char>('0' + op), 0};
    Box box;
    if (find_item(name, box) && box.contains({u(css_x), u(css_y)})) return 1;
  }
  return 0;
}

// Whether presses, moves or keys wait for a picture that takes them in.
EMSCRIPTEN_KEEPALIVE int ui_input_waits() {
  return input_waits() ? 1 : 0;
}

EMSCRIPTEN_KEEPALIVE int ui_frame() {
  if (!g_ready || context_lost()) return 0;
  const double now = now_s();
  // What waits is taken in by a picture, however seldom they come: one press or release at each.
  if (take_input_flag() || input_waits()) note_change();
  g_ui.watch_edits(now, ImGui::GetIO().MouseDown[0]);
  // A still picture is not drawn again: the canvas keeps it.
  constexpr double kSettleS = 1.0;
  if (!g_ui.moving() && now - g_changed_s > kSettleS) {
    g_last_frame_s = now;
    return 0;
  }
  ImGuiIO& io = ImGui::GetIO();
  if (io.DisplaySize.x <= 0 || !g_pacer.tick(now)) return 0;
  const double passed = now - g_last_frame_s;
  io.DeltaTime = static_cast<float>(std::fmin(std::fmax(passed, 0.001), 0.1));
  g_last_frame_s = now;
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
  set_double_clicked(take_double_click());
  g_ui.draw(io.DisplaySize.x, io.DisplaySize.y, io.DeltaTime);
  update_cursor();
  ImGui::Render();
  clear_backdrops(static_cast<int>(io.DisplaySize.y));
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  g_frame_ms += 0.1 * (1000 * (now_s() - now) - g_frame_ms);
  g_ui.set_frame_ms(static_cast<float>(g_frame_ms));
  return 1;
}

EMSCRIPTEN_KEEPALIVE float* ui_trace_buffer() {
  return g_traces.data();
}
EMSCRIPTEN_KEEPALIVE float* ui_patch_buffer() {
  return g_patch.data();
}
EMSCRIPTEN_KEEPALIVE char* ui_text_buffer() {
  return g_text.data();
}

EMSCRIPTEN_KEEPALIVE void ui_push_traces(int count) {
  g_ui.push_traces(g_traces.data(), count < 0                ? 0
                                    : count > kMaxTraceBatch ? kMaxTraceBatch
                                                             : count);
}

EMSCRIPTEN_KEEPALIVE void ui_set_status(int running, float load, float worst_block_ms,
                                        float latency_ms, int dropouts, float sample_rate_hz) {
  g_ui.set_status({running != 0, load, worst_block_ms, latency_ms, dropouts, sample_rate_hz});
  note_change();
}

EMSCRIPTEN_KEEPALIVE void ui_set_patch(int slot, const float* values) {
  FmPatch patch;
  const float* at = values;
  for (float& ratio : patch.ratio) ratio = *at++;
  for (auto& to : patch.modulation) {
    for (float& gain : to) gain = *at++;
  }
  for (float& gain : patch.carrier) gain = *at++;
  patch.i_max = *at;
  g_ui.set_patch(valid_slot(slot), patch);
  note_change();
}

EMSCRIPTEN_KEEPALIVE const float* ui_patch(int slot) {
  const FmPatch& patch = g_ui.patch(valid_slot(slot));
  float* at = g_patch.data();
  for (const float ratio : patch.ratio) *at++ = ratio;
  for (const auto& to : patch.modulation) {
    for (const float gain : to) *at++ = gain;
  }
  for (const float gain : patch.carrier) *at++ = gain;
  *at = patch.i_max;
  return g_patch.data();
}

EMSCRIPTEN_KEEPALIVE void ui_set_model(int slot, const char* name) {
  g_ui.set_model(valid_slot(slot), name);
  note_change();
}

EMSCRIPTEN_KEEPALIVE void ui_set_model_list(const char* lines) {
  g_ui.models().assign(lines);
  note_change();
}

EMSCRIPTEN_KEEPALIVE void ui_set_param(int index, float value) {
  g_ui.set_param(index, value);
  note_change();
}

EMSCRIPTEN_KEEPALIVE void ui_set_source(int source) {
  g_ui.set_source(source);
  note_change();
}

EMSCRIPTEN_KEEPALIVE float* ui_spectrum_buffer() {
  return g_ui.picture().level_db.data();
}
EMSCRIPTEN_KEEPALIVE float* ui_sample_buffer() {
  return g_ui.picture().sample.data();
}
EMSCRIPTEN_KEEPALIVE int ui_wants_output() {
  return g_ui.wants_picture() ? 1 : 0;
}
EMSCRIPTEN_KEEPALIVE void ui_take_output(float rate_hz) {
  g_ui.picture().rate_hz = rate_hz;
  g_ui.picture().bin_hz = rate_hz / (2 * kSpectrumBins);
  g_ui.take_picture();
}

EMSCRIPTEN_KEEPALIVE void ui_set_theme(int light) {
  set_light(light != 0);
  note_change();
}

EMSCRIPTEN_KEEPALIVE void ui_act(int action) {
  if (!g_ready) return;
  g_ui.perform(static_cast<Action>(action), now_s());
  note_change();
}

EMSCRIPTEN_KEEPALIVE void ui_forget_edits() {
  g_ui.forget_edits();
}

// Milliseconds that a picture takes to make, without what the GPU does.
EMSCRIPTEN_KEEPALIVE float ui_frame_ms() {
  return static_cast<float>(g_frame_ms);
}

EMSCRIPTEN_KEEPALIVE int ui_next_command(float* out4, char* text) {
  const Command command = g_ui.next_command();
  out4[0] = command.a;
  out4[1] = command.b;
  out4[2] = 0;
  out4[3] = 0;
  if (text != nullptr) {
    text[0] = 0;
    if (command.kind == CommandKind::kLoadModel) {
      std::strncpy(text, g_ui.model_name(static_cast<int>(command.b)), 127);
      text[127] = 0;
    }
  }
  return static_cast<int>(command.kind);
}

EMSCRIPTEN_KEEPALIVE int ui_item_rect(const char* name, float* out4) {
  Box box;
  if (!g_ready || !find_item(name, box)) return 0;
  const float values[4] = {box.x0, box.y0, box.width(), box.height()};
  for (int i = 0; i < 4; ++i) out4[i] = values[i] / scale();
  return 1;
}

}  // extern "C"
