// The live parameters, in one table: the page, the WASM exports, the command line and the tests
// read it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
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
  kIgnoreTalk,
  kCount,
};

inline constexpr int kParamCount = static_cast<int>(Param::kCount);

inline constexpr std::size_t kParamOperators = 6;  // that have parameters of their own

namespace params_detail {

struct Row {
  Param param;  // of operator 1, where there are six of it
  ParamInfo info;
};

inline constexpr Row kRows[] = {
    {Param::kInputGain,
     {"input_gain_db", "dB", -40, 40, 0, Curve::kLinear, "Gain of what is analysed"}},
    {Param::kOutputGain,
     {"output_gain_db", "dB", -60, 12, 0, Curve::kLinear, "Gain of what is heard"}},
    {Param::kGate,
     {"gate_db", "dB", -120, -20, -100, Curve::kLinear,
      "Loudness below which the synth is silent"}},
    {Param::kTranspose,
     {"transpose_semitones", "st", -36, 36, 0, Curve::kLinear, "Shift of the played pitch"}},
    {Param::kLoudnessOffset,
     {"loudness_offset_db", "dB", -40, 40, 0, Curve::kLinear,
      "Added to the loudness the network sees"}},
    {Param::kBrightness,
     {"brightness", "×", 0, 4, 1, Curve::kLinear, "Scale of every modulator's envelope"}},
    {Param::kNoise, {"noise", "×", 0, 4, 1, Curve::kLinear, "Scale of the noise branch"}},
    {Param::kReverbWet,
     {"reverb_wet", "×", 0, 4, 1, Curve::kLinear, "Scale of the reverb's wet path"}},
    {Param::kReverbDecay,
     {"reverb_decay", "×", 0.01F, 1, 1, Curve::kLogarithmic,
      "Shortens the reverb: gain per 0.1 s of tail"}},
    {Param::kSlot, {"slot", "a/b", 0, 1, 0, Curve::kToggle, "Which slot is heard"}},
    {Param::kGlide,
     {"glide_ms", "ms", 0, 2000, 0, Curve::kLinear, "Time to slide from note to note"}},
    {Param::kVibrato, {"vibrato", "×", 0, 4, 1, Curve::kLinear, "Scale of the vibrato as played"}},
    {Param::kTuning,
     {"tuning", "", 0, 3, 0, Curve::kStepped,
      "0 as played, 1 equal temperament, 2 just, 3 Scala file"}},
    {Param::kTonic,
     {"tonic", "", 0, 11, 0, Curve::kStepped, "Tonic of the tuning: 0 is C, 11 is B"}},
    {Param::kKeyAttack,
     {"key_attack_ms", "ms", 1, 2000, 12, Curve::kLogarithmic, "Keyboard: time to the peak"}},
    {Param::kKeyDecay,
     {"key_decay_ms", "ms", 1, 5000, 180, Curve::kLogarithmic,
      "Keyboard: time from the peak to the sustained level"}},
    {Param::kKeySustain,
     {"key_sustain_db", "dB", -40, 0, -5, Curve::kLinear,
      "Keyboard: sustained level under the peak"}},
    {Param::kKeyRelease,
     {"key_release_ms", "ms", 10, 5000, 300, Curve::kLogarithmic,
      "Keyboard: time to fall by 60 dB after the key"}},
    {Param::kKeyLoudness,
     {"key_loudness_db", "dB", -60, 0, -20, Curve::kLinear,
      "Keyboard: loudness of a key at full velocity"}},
    {Param::kIndexScale,
     {"index_scale", "×", 0.125F, 8, 1, Curve::kLogarithmic,
      "Scale of I_max: every modulation index, a carrier's own included"}},
    {Param::kDelta,
     {"delta", "", 0, 1, 0, Curve::kToggle,
      "Hear what the two slots differ in: the heard one minus the other"}},
    {Param::kPitchRange,
     {"pitch_range", "", 0, 7, 0, Curve::kStepped,
      "What is played: 0 auto, 1 violin, 2 flute, 3 trumpet, 4 female voice, 5 male voice, 6 "
      "guitar, 7 bass"}},
    {Param::kCalibrate,
     {"calibrate", "", 0, 1, 0, Curve::kToggle,
      "1 measures 3 s of soft and loud playing and fits it to the model's range"}},
    {Param::kAutoLoudness,
     {"auto_loudness", "", 0, 1, 0, Curve::kToggle,
      "1 keeps fitting the player's loudness to the model's range"}},
    {Param::kAutoOctave,
     {"auto_octave", "", 0, 1, 0, Curve::kToggle,
      "1 moves notes by octaves into the model's range"}},
    {Param::kAutoGate,
     {"auto_gate", "", 0, 1, 0, Curve::kToggle, "1 learns the gate from the room's silence"}},
    {Param::kIgnoreTalk,
     {"ignore_talk", "", 0, 1, 0, Curve::kToggle, "1 is silent while talk is heard"}},
};

// The same for each operator; "#" stands for its number, which also ends the name.
inline constexpr Row kOperatorRows[] = {
    {Param::kLevel1, {"level#", "×", 0, 4, 1, Curve::kLinear, "Scale of operator #'s envelope"}},
    {Param::kRatio1,
     {"ratio#", "×", 0.0625F, 16, 1, Curve::kLogarithmic, "Scale of operator #'s frequency ratio"}},
    {Param::kDetune1, {"detune#", "¢", -100, 100, 0, Curve::kLinear, "Detuning of operator #"}},
    {Param::kMute1, {"mute#", "", 0, 1, 0, Curve::kToggle, "1 silences operator #"}},
    {Param::kSolo1,
     {"solo#", "", 0, 1, 0, Curve::kToggle, "1 leaves only what passes through operator #"}},
    {Param::kCurve1,
     {"curve#", "", 0.25F, 4, 1, Curve::kLogarithmic,
      "Exponent of operator #'s envelope: level / I_max to this power"}},
    {Param::kLfoRate1,
     {"lfo_rate#", "Hz", 0.05F, 20, 5, Curve::kLogarithmic, "Rate of operator #'s LFO"}},
    {Param::kLfoLevel1,
     {"lfo_level#", "", 0, 1, 0, Curve::kLinear, "How far the LFO of operator # dips its level"}},
    {Param::kLfoPitch1,
     {"lfo_pitch#", "¢", 0, 200, 0, Curve::kLinear,
      "How far the LFO of operator # swings its pitch, both ways"}},
};

// The texts of one operator's parameter, each with a null at its end.
struct OperatorTexts {
  std::array<char, 16> name{};
  std::array<char, 96> text{};
};

template <std::size_t size>
constexpr void write_numbered(std::array<char, size>& out, std::string_view pattern, char number) {
  for (std::size_t i = 0; i < pattern.size(); ++i) out[i] = pattern[i] == '#' ? number : pattern[i];
}

constexpr auto write_operator_texts() {
  std::array<std::array<OperatorTexts, kParamOperators>, std::size(kOperatorRows)> all{};
  for (std::size_t row = 0; row < std::size(kOperatorRows); ++row) {
    for (std::size_t op = 0; op < kParamOperators; ++op) {
      const char number = static_cast<char>('1' + op);
      const ParamInfo& info = kOperatorRows[row].info;
      write_numbered(all[row][op].name, info.name, number);
      write_numbered(all[row][op].text, info.text, number);
    }
  }
  return all;
}

inline constexpr auto kOperatorTexts = write_operator_texts();

constexpr std::array<ParamInfo, kParamCount> table() {
  std::array<ParamInfo, kParamCount> all{};
  for (const Row& row : kRows) all[static_cast<std::size_t>(row.param)] = row.info;
  for (std::size_t row = 0; row < std::size(kOperatorRows); ++row) {
    for (std::size_t op = 0; op < kParamOperators; ++op) {
      ParamInfo info = kOperatorRows[row].info;
      info.name = kOperatorTexts[row][op].name.data();
      info.text = kOperatorTexts[row][op].text.data();
      all[static_cast<std::size_t>(kOperatorRows[row].param) + op] = info;
    }
  }
  return all;
}

}  // namespace params_detail

// In the order of Param. Names and texts are null-terminated.
inline constexpr std::array<ParamInfo, kParamCount> kParams = params_detail::table();

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
