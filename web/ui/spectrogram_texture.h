// The spectrogram as a texture: a column is uploaded when it is new, all of them when the colours
// or the graphics context are.
#pragma once

#include "imgui.h"
#include "web/ui/spectrogram.h"

namespace sideband::ui {

class SpectrogramTexture {
 public:
  // Brings the texture up to date. Column c of the ring is at u = (c mod kColumns) / kColumns; the
  // lowest row is at v = 0.
  ImTextureID update(const Spectrogram& spectrogram);

  // The context that held it is gone.
  void forget() { texture_ = 0; }

 private:
  unsigned texture_ = 0;
  std::int64_t uploaded_ = -1;
  bool light_ = false;
};

SpectrogramTexture& spectrogram_texture();

}  // namespace sideband::ui
