// What an instrument or voice can play: limits that keep a tracker from hearing what cannot be.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "core/analyzer/features.h"

namespace sideband {

struct PitchRange {
  std::string_view name;
  float low_hz;
  float high_hz;
};

// From the lowest to about the highest note in use, each a semitone wider.
inline constexpr std::array<PitchRange, 8> kPitchRanges{{
    {"auto", kMinF0Hz, kMaxF0Hz},
    {"violin", 185, 3200},        // G3 up
    {"flute", 233, 2349},         // B3 … C7
    {"trumpet", 156, 1319},       // E3 … D6
    {"female-voice", 156, 1245},  // F3 … C6
    {"male-voice", 73, 587},      // E2 … C5
    {"guitar", 78, 1319},         // E2 … D6
    {"bass", kMinF0Hz, 440},
}};

// Index by name, or −1.
constexpr int find_pitch_range(std::string_view name) {
  for (std::size_t i = 0; i < kPitchRanges.size(); ++i) {
    if (kPitchRanges[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace sideband
