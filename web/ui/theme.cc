#include "web/ui/theme.h"

#include <cmath>
#include <cstring>

#include "font_data.h"

namespace sideband::ui {
namespace {

// Hues 22, 62, 98, 148, 240, 305 at one lightness and chroma (OKLCH 0.78, 0.13).
constexpr Palette kDark{
    .background = rgb(0x0B0E13),
    .panel = rgb(0x12161D),
    .raised = rgb(0x1E242D),
    .hovered = rgb(0x28303B),
    .line = rgb(0x262D37),
    .text = rgb(0xE9EDF2),
    .dim = rgb(0x98A2B0),
    .faint = rgb(0x5A6472),
    .accent = rgb(0x5FE0C6),
    .on_accent = rgb(0x06231D),
    .good = rgb(0x5FE0C6),
    .warn = rgb(0xF4B860),
    .bad = rgb(0xFF7A73),
    .op = {rgb(0xFF9390), rgb(0xF5A255), rgb(0xCEB844), rgb(0x76D184), rgb(0x5CBCFF),
           rgb(0xC9A1FF)},
};

// The same hues, dark enough for 4.5 : 1 on white where they carry text.
constexpr Palette kLight{
    .background = rgb(0xF3F5F8),
    .panel = rgb(0xFFFFFF),
    .raised = rgb(0xE6EAF0),
    .hovered = rgb(0xD8DEE7),
    .line = rgb(0xD3D9E2),
    .text = rgb(0x161B22),
    .dim = rgb(0x56606E),
    .faint = rgb(0x98A2B0),
    .accent = rgb(0x0B7D68),
    .on_accent = rgb(0xFFFFFF),
    .good = rgb(0x0B8F76),
    .warn = rgb(0xA86500),
    .bad = rgb(0xC9302C),
    .op = {rgb(0xD0484C), rgb(0xB96A10), rgb(0x8D7A00), rgb(0x2A8B45), rgb(0x1378C4),
           rgb(0x8C56D6)},
};

constexpr auto kTypes = static_cast<std::size_t>(Type::kCount);

struct TypeFace {
  const unsigned char* data;
  int bytes;
  float size_css_px;  // ascent to descent; the em is 0.83 of it
};

constexpr std::array<TypeFace, kTypes> kFaces{{
    {kFontRegular, sizeof kFontRegular, 14.5F},
    {kFontRegular, sizeof kFontRegular, 16.0F},
    {kFontSemiBold, sizeof kFontSemiBold, 16.0F},
    {kFontSemiBold, sizeof kFontSemiBold, 21.0F},
}};

constexpr ImWchar kGlyphs[] = {0x20,   0xFF,   0x3A9,  0x3A9,  0x3C0,  0x3C0,  0x2013,
                               0x2026, 0x2190, 0x2193, 0x2212, 0x2212, 0x221A, 0x221E,
                               0x2248, 0x2248, 0x2264, 0x2265, 0};

std::array<ImFont*, kTypes> g_fonts{};
float g_scale = 0;
bool g_light = false;

void set_style() {
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle{};
  const auto colour = [&](ImGuiCol which, ImU32 value) {
    style.Colors[which] = ImGui::ColorConvertU32ToFloat4(value);
  };
  colour(ImGuiCol_WindowBg, palette().background);
  colour(ImGuiCol_PopupBg, palette().raised);
  colour(ImGuiCol_Border, palette().hovered);
  colour(ImGuiCol_Text, palette().text);
  colour(ImGuiCol_ScrollbarBg, palette().background);
  colour(ImGuiCol_ScrollbarGrab, palette().hovered);
  colour(ImGuiCol_ScrollbarGrabHovered, palette().faint);
  colour(ImGuiCol_ScrollbarGrabActive, palette().dim);
  style.WindowPadding = {0, 0};
  style.WindowBorderSize = 0;
  style.WindowRounding = 0;
  style.PopupRounding = u(8);
  style.PopupBorderSize = std::fmax(1.0F, std::floor(u(1)));
  style.ScrollbarSize = u(8);
  style.ScrollbarRounding = u(4);
  style.ItemSpacing = {0, 0};
  style.DisplaySafeAreaPadding = {u(6), u(6)};
  style.AntiAliasedLinesUseTex = true;
  style.CircleTessellationMaxError = 0.15F;
}

}  // namespace

const Palette& palette() {
  return g_light ? kLight : kDark;
}
void set_light(bool light) {
  if (light == g_light) return;
  g_light = light;
  set_style();
}
bool is_light() {
  return g_light;
}
ImFont* font(Type type) {
  return g_fonts[static_cast<std::size_t>(type)];
}
float u(float css_px) {
  return css_px * g_scale;
}
float scale() {
  return g_scale;
}

ImU32 mix(ImU32 from, ImU32 to, float share) {
  ImU32 out = 0;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    const auto a = static_cast<float>((from >> shift) & 255U);
    const auto b = static_cast<float>((to >> shift) & 255U);
    out |= static_cast<ImU32>(a + (b - a) * share + 0.5F) << shift;
  }
  return out;
}

bool set_scale(float device_pixels_per_css_px) {
  if (device_pixels_per_css_px == g_scale) return false;
  g_scale = device_pixels_per_css_px;
  ImFontAtlas* atlas = ImGui::GetIO().Fonts;
  atlas->Clear();
  atlas->Flags |= ImFontAtlasFlags_NoMouseCursors;
  for (std::size_t i = 0; i < kTypes; ++i) {
    const TypeFace& face = kFaces[i];
    ImFontConfig config;
    config.FontDataOwnedByAtlas = false;
    config.OversampleH = g_scale > 1.5F ? 1 : 3;
    config.PixelSnapH = g_scale > 1.5F;
    // ImGui takes the pointer as its own to free only where FontDataOwnedByAtlas says so.
    g_fonts[i] = atlas->AddFontFromMemoryTTF(const_cast<unsigned char*>(face.data), face.bytes,
                                             std::round(u(face.size_css_px)), &config, kGlyphs);
  }
  ImGui::GetIO().FontDefault = font(Type::kBody);
  atlas->Build();
  set_style();
  return true;
}

void fill_rounded(ImDrawList* draw, ImVec2 min, ImVec2 max, ImU32 colour, float rounding) {
  const ImDrawListFlags flags = draw->Flags;
  draw->Flags &= ~ImDrawListFlags_AntiAliasedFill;
  draw->AddRectFilled(min, max, colour, rounding);
  draw->Flags = flags;
}

void text(ImDrawList* draw, Type type, ImVec2 at, ImU32 colour, const char* words, Align align,
          float max_width) {
  ImFont* const face = font(type);
  const char* const end = words + std::strlen(words);
  ImVec4 clip;
  const ImVec4* clip_rect = nullptr;
  float width = face->CalcTextSizeA(face->FontSize, 1e9F, 0, words, end).x;
  if (max_width > 0 && width > max_width) width = max_width;
  float x = at.x;
  if (align == Align::kCentre) x -= 0.5F * width;
  if (align == Align::kRight) x -= width;
  const float y = at.y - 0.5F * face->FontSize;
  if (max_width > 0) {
    clip = {x, y, x + width, y + face->FontSize};
    clip_rect = &clip;
  }
  draw->AddText(face, face->FontSize, {std::round(x), std::round(y)}, colour, words, end, 0,
                clip_rect);
}

float text_width(Type type, const char* words) {
  ImFont* const face = font(type);
  return face->CalcTextSizeA(face->FontSize, 1e9F, 0, words).x;
}

}  // namespace sideband::ui
