// What a decoder tells a synth, once per frame; a synth reads the fields of its own kind.
#pragma once

#include <array>

namespace sideband {

inline constexpr int kOperators = 6;
inline constexpr int kHarmonics = 100;
inline constexpr int kNoiseBands = 65;

struct Controls {
  // Double, because ten minutes of a held note turn the rounding of a float into a fifth of a turn.
  double f0_hz = 440.0;

  // FM: output level of operator 1…6, 0…i_max. A modulator's level is its modulation index in
  // radians; the synth divides a carrier's by i_max.
  std::array<float, kOperators> level{};

  // Harmonic + noise: overall amplitude (exp_sigmoid) and a distribution that sums to 1.
  float amplitude = 0.0F;
  std::array<float, kHarmonics> harmonic{};

  // FM + noise and harmonic + noise: magnitude of bands 0, 125, … 8000 Hz (exp_sigmoid).
  std::array<float, kNoiseBands> noise_band{};
};

}  // namespace sideband
