#include "web/ui/spectrogram_texture.h"

#include <array>
#include <cmath>

#include <GLES3/gl3.h>

#include "web/ui/theme.h"

namespace sideband::ui {
namespace {

// From the panel's ground over the accent's hue to warm light, or on white to ink: each step is
// darker or lighter than the one before, so that it reads without colour too.
ImU32 colour_of(float share) {
  constexpr ImU32 kDark[] = {rgb(0x0D1117), rgb(0x14303F), rgb(0x14635F),
                             rgb(0x55B06C), rgb(0xF4D35E), rgb(0xFFF8E0)};
  constexpr ImU32 kLight[] = {rgb(0xF8FAFC), rgb(0xCBE6E6), rgb(0x7FBFC4),
                              rgb(0x35869B), rgb(0x1D4B75), rgb(0x120F33)};
  const auto& stops = is_light() ? kLight : kDark;
  const float place = share * 5;
  const int i = place >= 5 ? 4 : static_cast<int>(place);
  return mix(stops[i], stops[i + 1], place - static_cast<float>(i));
}

std::array<ImU32, 256> colour_table() {
  std::array<ImU32, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    // Quiet partials matter less than the ground's calm.
    table[i] = colour_of(std::pow(static_cast<float>(i) / 255, 1.3F));
  }
  return table;
}

}  // namespace

ImTextureID SpectrogramTexture::update(const Spectrogram& spectrogram) {
  static std::array<ImU32, 256> table;
  const bool fresh = texture_ == 0 || light_ != is_light();
  if (texture_ == 0) {
    GLuint name = 0;
    glGenTextures(1, &name);
    texture_ = name;
  }
  glBindTexture(GL_TEXTURE_2D, texture_);
  if (fresh) {
    light_ = is_light();
    table = colour_table();
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_REPEAT);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, Spectrogram::kColumns, Spectrogram::kRows, 0, GL_RGBA,
                 GL_UNSIGNED_BYTE, nullptr);
    uploaded_ = spectrogram.newest() - Spectrogram::kColumns;
  }
  std::array<ImU32, Spectrogram::kRows> pixels;
  const std::int64_t oldest = spectrogram.newest() - Spectrogram::kColumns + 1;
  for (std::int64_t c = std::max(uploaded_ + 1, oldest); c <= spectrogram.newest(); ++c) {
    // Columns before the first are blank.
    const std::int64_t held = c < 0 ? c + Spectrogram::kColumns : c;
    const auto& column = spectrogram.column(held);
    for (std::size_t row = 0; row < pixels.size(); ++row) pixels[row] = table[column[row]];
    glTexSubImage2D(GL_TEXTURE_2D, 0, static_cast<GLint>(held % Spectrogram::kColumns), 0, 1,
                    Spectrogram::kRows, GL_RGBA, GL_UNSIGNED_BYTE, pixels.data());
  }
  uploaded_ = spectrogram.newest();
  return reinterpret_cast<ImTextureID>(static_cast<std::intptr_t>(texture_));
}

SpectrogramTexture& spectrogram_texture() {
  static SpectrogramTexture texture;
  return texture;
}

}  // namespace sideband::ui
