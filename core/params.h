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
  kKeyAttack,
  kKeyDecay,
  kKeySustain,
  kKeyRelease,
  kKeyLoudness,
  kIndexScale,
  // Of each operator, as the levels and ratios above.
  kDetune1,
  kDetune6 = kDetune1 + 5,
  kMute1,
  kMute6 = kMute1 + 5,
  kSolo1,
  kSolo6 = kSolo1 + 5,
  kCurve1,
  kCurve6 = kCurve1 + 5,
  kLfoRate1,
  kLfoRate6 = kLfoRate1 + 5,
  kLfoLevel1,
  kLfoLevel6 = kLfoLevel1 + 5,
  kLfoPitch1,
  kLfoPitch6 = kLfoPitch1 + 5,
  kDelta,
  kPitchRange,
  kCalibrate,
  kAutoLoudness,
  kAutoOctave,
  kAutoGate,
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
    {"key_attack_ms", "ms", 1, 2000, 12, Curve::kLogarithmic, "Keyboard: time to the peak"},
    {"key_decay_ms", "ms", 1, 5000, 180, Curve::kLogarithmic,
     "Keyboard: time from the peak to the sustained level"},
    {"key_sustain_db", "dB", -40, 0, -5, Curve::kLinear,
     "Keyboard: sustained level under the peak"},
    {"key_release_ms", "ms", 10, 5000, 300, Curve::kLogarithmic,
     "Keyboard: time to fall by 60 dB after the key"},
    {"key_loudness_db", "dB", -60, 0, -20, Curve::kLinear,
     "Keyboard: loudness of a key at full velocity"},
    {"index_scale", "×", 0.125F, 8, 1, Curve::kLogarithmic,
     "Scale of I_max: every modulation index, a carrier's own included"},
    {"detune1", "¢", -100, 100, 0, Curve::kLinear, "Detuning of operator 1"},
    {"detune2", "¢", -100, 100, 0, Curve::kLinear, "Detuning of operator 2"},
    {"detune3", "¢", -100, 100, 0, Curve::kLinear, "Detuning of operator 3"},
    {"detune4", "¢", -100, 100, 0, Curve::kLinear, "Detuning of operator 4"},
    {"detune5", "¢", -100, 100, 0, Curve::kLinear, "Detuning of operator 5"},
    {"detune6", "¢", -100, 100, 0, Curve::kLinear, "Detuning of operator 6"},
    {"mute1", "", 0, 1, 0, Curve::kToggle, "1 silences operator 1"},
    {"mute2", "", 0, 1, 0, Curve::kToggle, "1 silences operator 2"},
    {"mute3", "", 0, 1, 0, Curve::kToggle, "1 silences operator 3"},
    {"mute4", "", 0, 1, 0, Curve::kToggle, "1 silences operator 4"},
    {"mute5", "", 0, 1, 0, Curve::kToggle, "1 silences operator 5"},
    {"mute6", "", 0, 1, 0, Curve::kToggle, "1 silences operator 6"},
    {"solo1", "", 0, 1, 0, Curve::kToggle, "1 leaves only what passes through operator 1"},
    {"solo2", "", 0, 1, 0, Curve::kToggle, "1 leaves only what passes through operator 2"},
    {"solo3", "", 0, 1, 0, Curve::kToggle, "1 leaves only what passes through operator 3"},
    {"solo4", "", 0, 1, 0, Curve::kToggle, "1 leaves only what passes through operator 4"},
    {"solo5", "", 0, 1, 0, Curve::kToggle, "1 leaves only what passes through operator 5"},
    {"solo6", "", 0, 1, 0, Curve::kToggle, "1 leaves only what passes through operator 6"},
    {"curve1", "", 0.25F, 4, 1, Curve::kLogarithmic,
     "Exponent of operator 1's envelope: level / I_max to this power"},
    {"curve2", "", 0.25F, 4, 1, Curve::kLogarithmic,
     "Exponent of operator 2's envelope: level / I_max to this power"},
    {"curve3", "", 0.25F, 4, 1, Curve::kLogarithmic,
     "Exponent of operator 3's envelope: level / I_max to this power"},
    {"curve4", "", 0.25F, 4, 1, Curve::kLogarithmic,
     "Exponent of operator 4's envelope: level / I_max to this power"},
    {"curve5", "", 0.25F, 4, 1, Curve::kLogarithmic,
     "Exponent of operator 5's envelope: level / I_max to this power"},
    {"curve6", "", 0.25F, 4, 1, Curve::kLogarithmic,
     "Exponent of operator 6's envelope: level / I_max to this power"},
    {"lfo_rate1", "Hz", 0.05F, 20, 5, Curve::kLogarithmic, "Rate of operator 1's LFO"},
    {"lfo_rate2", "Hz", 0.05F, 20, 5, Curve::kLogarithmic, "Rate of operator 2's LFO"},
    {"lfo_rate3", "Hz", 0.05F, 20, 5, Curve::kLogarithmic, "Rate of operator 3's LFO"},
    {"lfo_rate4", "Hz", 0.05F, 20, 5, Curve::kLogarithmic, "Rate of operator 4's LFO"},
    {"lfo_rate5", "Hz", 0.05F, 20, 5, Curve::kLogarithmic, "Rate of operator 5's LFO"},
    {"lfo_rate6", "Hz", 0.05F, 20, 5, Curve::kLogarithmic, "Rate of operator 6's LFO"},
    {"lfo_level1", "", 0, 1, 0, Curve::kLinear, "How far the LFO of operator 1 dips its level"},
    {"lfo_level2", "", 0, 1, 0, Curve::kLinear, "How far the LFO of operator 2 dips its level"},
    {"lfo_level3", "", 0, 1, 0, Curve::kLinear, "How far the LFO of operator 3 dips its level"},
    {"lfo_level4", "", 0, 1, 0, Curve::kLinear, "How far the LFO of operator 4 dips its level"},
    {"lfo_level5", "", 0, 1, 0, Curve::kLinear, "How far the LFO of operator 5 dips its level"},
    {"lfo_level6", "", 0, 1, 0, Curve::kLinear, "How far the LFO of operator 6 dips its level"},
    {"lfo_pitch1", "¢", 0, 200, 0, Curve::kLinear,
     "How far the LFO of operator 1 swings its pitch, both ways"},
    {"lfo_pitch2", "¢", 0, 200, 0, Curve::kLinear,
     "How far the LFO of operator 2 swings its pitch, both ways"},
    {"lfo_pitch3", "¢", 0, 200, 0, Curve::kLinear,
     "How far the LFO of operator 3 swings its pitch, both ways"},
    {"lfo_pitch4", "¢", 0, 200, 0, Curve::kLinear,
     "How far the LFO of operator 4 swings its pitch, both ways"},
    {"lfo_pitch5", "¢", 0, 200, 0, Curve::kLinear,
     "How far the LFO of operator 5 swings its pitch, both ways"},
    {"lfo_pitch6", "¢", 0, 200, 0, Curve::kLinear,
     "How far the LFO of operator 6 swings its pitch, both ways"},
    {"delta", "", 0, 1, 0, Curve::kToggle,
     "Hear what the two slots differ in: the heard one minus the other"},
    {"pitch_range", "", 0, 7, 0, Curve::kStepped,
     "What is played: 0 auto, 1 violin, 2 flute, 3 trumpet, 4 female voice, 5 male voice, 6 "
     "guitar, "
     "7 bass"},
    {"calibrate", "", 0, 1, 0, Curve::kToggle,
     "1 measures 3 s of soft and loud playing and fits it to the model's range"},
    {"auto_loudness", "", 0, 1, 0, Curve::kToggle,
     "1 keeps fitting the player's loudness to the model's range"},
    {"auto_octave", "", 0, 1, 0, Curve::kToggle, "1 moves notes by octaves into the model's range"},
    {"auto_gate", "", 0, 1, 0, Curve::kToggle, "1 learns the gate from the room's silence"},
}};

// The parameter of operator op (0…5), given that of operator 1.
constexpr Param param_of(Param of_operator_1, int op) {
  return static_cast<Param>(static_cast<int>(of_operator_1) + op);
}

// Whether it changes what the model makes of the playing: what "reset to model" and presets set.
// The others belong to the player, the room or the page.
constexpr bool is_intervention(Param param) {
  return param == Param::kTranspose || (param >= Param::kBrightness && param <= Param::kRatio6) ||
         (param >= Param::kIndexScale && param <= Param::kLfoPitch6);
}

// Index of a parameter by name, or −1.
constexpr int find_param(std::string_view name) {
  for (int i = 0; i < kParamCount; ++i) {
    if (kParams[static_cast<std::size_t>(i)].name == name) return i;
  }
  return -1;
}

}  // namespace sideband
