// How numbers are written for musicians: note names, cents, ratios, frequencies.
#pragma once

#include <cmath>
#include <cstdio>

namespace sideband::ui {

inline float midi_of_hz(float hz) {
  return 69.0F + 12.0F * std::log2(hz / 440.0F);
}
inline float hz_of_midi(float midi) {
  return 440.0F * std::exp2((midi - 69.0F) / 12.0F);
}

inline bool is_black_key(int midi) {
  constexpr bool kBlack[12] = {false, true,  false, true,  false, false,
                               true,  false, true,  false, true,  false};
  return kBlack[((midi % 12) + 12) % 12];
}

// "C4" is MIDI 60, as on most keyboards.
inline void write_note(char* out, std::size_t size, int midi) {
  static const char* const kNames[12] = {"C",  "C#", "D",  "Eb", "E",  "F",
                                         "F#", "G",  "Ab", "A",  "Bb", "B"};
  const int octave = static_cast<int>(std::floor(static_cast<float>(midi) / 12.0F)) - 1;
  std::snprintf(out, size, "%s%d", kNames[((midi % 12) + 12) % 12], octave);
}

struct Tuning {
  int midi = 0;
  float cents = 0;  // −50…+50 from that note
};

inline Tuning tuning_of_hz(float hz) {
  const float midi = midi_of_hz(hz);
  Tuning tuning;
  tuning.midi = static_cast<int>(std::lround(midi));
  tuning.cents = 100.0F * (midi - static_cast<float>(tuning.midi));
  return tuning;
}

// 1, 0.5, 1.58, 14: no more digits than the value needs, at most three after the point.
inline void write_ratio(char* out, std::size_t size, float ratio) {
  const float hundred = ratio * 100.0F;
  if (std::fabs(ratio - std::round(ratio)) < 0.0005F) {
    std::snprintf(out, size, "%.0f", static_cast<double>(ratio));
  } else if (std::fabs(hundred / 10.0F - std::round(hundred / 10.0F)) < 0.005F) {
    std::snprintf(out, size, "%.1f", static_cast<double>(ratio));
  } else if (std::fabs(hundred - std::round(hundred)) < 0.05F) {
    std::snprintf(out, size, "%.2f", static_cast<double>(ratio));
  } else {
    std::snprintf(out, size, "%.3f", static_cast<double>(ratio));
  }
}

// A signed number with the minus sign of print, which is as wide as the plus.
inline void write_signed(char* out, std::size_t size, float value, int digits, const char* unit) {
  const double scale = std::pow(10.0, digits);
  const double rounded = std::round(static_cast<double>(value) * scale) / scale;
  const char* sign = rounded > 0 ? "+" : rounded < 0 ? "−" : "";
  std::snprintf(out, size, "%s%.*f%s%s", sign, digits, std::fabs(rounded), *unit != 0 ? " " : "",
                unit);
}

}  // namespace sideband::ui
