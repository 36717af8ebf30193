// Which panel stands where, for any size of the canvas. Pure geometry, in CSS pixels.
#pragma once

#include <array>
#include <cstddef>

namespace sideband::ui {

enum class Panel : std::size_t {
  kTransport,
  kGraph,
  kPresets,
  kOperators,
  kSpectrum,
  kSpectrogram,
  kPitch,
  kLoudness,
  kEnvelopes,
  kScope,
  kMeters,
  kModels,
  kControls,
  kCount,
};

inline constexpr auto kPanels = static_cast<std::size_t>(Panel::kCount);

// What the page may leave to its own controls; the numbers are the page's contract.
struct Parts {
  bool transport = true;  // 1
  bool models = true;     // 2
};

struct Area {
  float x = 0, y = 0, width = 0, height = 0;  // height 0: not shown
};

struct Layout {
  std::array<Area, kPanels> panel{};
  int columns = 1;
  float height = 0;  // of everything; greater than the canvas's where it has to scroll

  const Area& of(Panel which) const { return panel[static_cast<std::size_t>(which)]; }
};

Layout arrange(float width, float height, const Parts& parts);

}  // namespace sideband::ui
