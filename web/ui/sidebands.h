// Where FM puts the partials: every carrier at fc, and fc ± k·fm around it for each of its
// modulators, with the strength that Bessel's functions give a modulator that acts alone.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "core/synth/patch.h"

namespace sideband::ui {

struct Sideband {
  float hz = 0;
  float level_db = 0;  // of full scale
  int carrier = 0;     // operator − 1
  int modulator = -1;  // −1: the carrier itself
  int order = 0;       // k, with its sign
};

struct SidebandList {
  static constexpr int kMost = 400;
  std::array<Sideband, kMost> mark{};
  int count = 0;
};

// What sounds: frequencies in Hz, levels as in a trace (radians; i_max is a carrier's full scale).
struct SoundingPatch {
  const FmPatch* patch = nullptr;
  std::array<float, kOperators> hz{};
  std::array<float, kOperators> level{};
};

inline SidebandList list_sidebands(const SoundingPatch& sound, float top_hz) {
  constexpr int kHighestOrder = 16;
  constexpr float kFloorDb = -80;
  SidebandList list;
  const FmPatch& patch = *sound.patch;
  const float full_scale = patch.i_max > 0 ? patch.i_max : 1.0F;
  const auto add = [&](float hz, double amplitude, std::size_t carrier, int modulator, int order) {
    hz = std::fabs(hz);  // what would lie below zero folds back up
    const auto level_db = static_cast<float>(20 * std::log10(std::fabs(amplitude) + 1e-9));
    if (hz < 20 || hz > top_hz || level_db < kFloorDb || list.count == SidebandList::kMost) return;
    list.mark[static_cast<std::size_t>(list.count++)] = {hz, level_db, static_cast<int>(carrier),
                                                         modulator, order};
  };
  for (std::size_t carrier = 0; carrier < kOperators; ++carrier) {
    if (!(patch.carrier[carrier] > 0)) continue;
    const double level =
        static_cast<double>(sound.level[carrier] * patch.carrier[carrier] / full_scale);
    double at_carrier = level;  // what the modulators leave of it
    for (std::size_t m = 0; m < kOperators; ++m) {
      const double index = static_cast<double>(patch.modulation[carrier][m] * sound.level[m]);
      if (index != 0 && m != carrier) at_carrier *= ::jn(0, index);
    }
    add(sound.hz[carrier], at_carrier, carrier, -1, 0);
    for (std::size_t m = 0; m < kOperators; ++m) {
      const double index = static_cast<double>(patch.modulation[carrier][m] * sound.level[m]);
      if (index == 0 || m == carrier) continue;
      for (int k = 1; k <= kHighestOrder; ++k) {
        const double amplitude = level * ::jn(k, index);
        for (const int order : {k, -k}) {
          add(sound.hz[carrier] + static_cast<float>(order) * sound.hz[m], amplitude, carrier,
              static_cast<int>(m), order);
        }
      }
    }
  }
  return list;
}

}  // namespace sideband::ui
