// The live parameters, in one table: the page, the WASM exports, the command line and the tests
// read it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sideband {

enum class Curve : std::uint8_t { kLinear, kLogarithmic, kToggle, kStepped };

struct ParamInfo {
  std::string_view name;
  std::string_view unit;
  float min;
  float max;
  float initial;
  Curve curve;
  std::string_view text;  // what it does, for a person
};

enum class Param : int {
  kInputGain,
  kOutputGain,
  kGate,
  kTranspose,
  kLoudnessOffset,
  kBrightness,
  kNoise,
  kReverbWet,
  kReverbDecay,
  kLevel1,
  kLevel6 = kLevel1 + 5,
  kRatio1,
  kRatio6 = kRatio1 + 5,
  kSlot,
  kGlide,
  kVibrato,
  kTuning,
  kTonic,
  kCount,
};

inline constexpr int kParamCount = static_cast<int>(Param::kCount);

inline constexpr std::array<ParamInfo, kParamCount> kParams{{
    {"input_gain_db", "dB", -40, 40, 0, Curve::kLinear, "Gain of what is analysed"},
    {"output_gain_db", "dB", -60, 12, 0, Curve::kLinear, "Gain of what is heard"},
    {"gate_db", "dB", -120, -20, -100, Curve::kLinear, "Loudness below which the synth is silent"},
    {"transpose_semitones", "st", -36, 36, 0, Curve::kLinear, "Shift of the played pitch"},
    {"loudness_offset_db", "dB", -40, 40, 0, Curve::kLinear,
     "Added to the loudness the network sees"},
    {"brightness", "×", 0, 4, 1, Curve::kLinear, "Scale of every modulator's envelope"},
    {"noise", "×", 0, 4, 1, Curve::kLinear, "Scale of the noise branch"},
    {"reverb_wet", "×", 0, 4, 1, Curve::kLinear, "Scale of the reverb's wet path"},
    {"reverb_decay", "×", 0.01F, 1, 1, Curve::kLogarithmic,
     "Shortens the reverb: gain per 0.1 s of tail"},
    {"level1", "×", 0, 4, 1, Curve::kLinear, "Scale of operator 1's envelope"},
    {"level2", "×", 0, 4, 1, Curve::kLinear, "Scale of operator 2's envelope"},
    {"level3", "×", 0, 4, 1, Curve::kLinear, "Scale of operator 3's envelope"},
    {"level4", "×", 0, 4, 1, Curve::kLinear, "Scale of operator 4's envelope"},
    {"level5", "×", 0, 4, 1, Curve::kLinear, "Scale of operator 5's envelope"},
    {"level6", "×", 0, 4, 1, Curve::kLinear, "Scale of operator 6's envelope"},
    {"ratio1", "×", 0.0625F, 16, 1, Curve::kLogarithmic, "Scale of operator 1's frequency ratio"},
    {"ratio2", "×", 0.0625F, 16, 1, Curve::kLogarithmic, "Scale of operator 2's frequency ratio"},
    {"ratio3", "×", 0.0625F, 16, 1, Curve::kLogarithmic, "Scale of operator 3's frequency ratio"},
    {"ratio4", "×", 0.0625F, 16, 1, Curve::kLogarithmic, "Scale of operator 4's frequency ratio"},
    {"ratio5", "×", 0.0625F, 16, 1, Curve::kLogarithmic, "Scale of operator 5's frequency ratio"},
    {"ratio6", "×", 0.0625F, 16, 1, Curve::kLogarithmic, "Scale of operator 6's frequency ratio"},
    {"slot", "a/b", 0, 1, 0, Curve::kToggle, "Which slot is heard"},
    {"glide_ms", "ms", 0, 2000, 0, Curve::kLinear, "Time to slide from note to note"},
    {"vibrato", "×", 0, 4, 1, Curve::kLinear, "Scale of the vibrato as played"},
    {"tuning", "", 0, 3, 0, Curve::kStepped,
     "0 as played, 1 equal temperament, 2 just, 3 Scala file"},
    {"tonic", "", 0, 11, 0, Curve::kStepped, "Tonic of the tuning: 0 is C, 11 is B"},
}};

// Index of a parameter by name, or −1.
constexpr int find_param(std::string_view name) {
  for (int i = 0; i < kParamCount; ++i) {
    if (kParams[static_cast<std::size_t>(i)].name == name) return i;
  }
  return -1;
}

}  // namespace sideband
