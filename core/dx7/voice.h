// A DX7 voice: the 155 parameters of a single-voice dump, by name.
//
// Every parameter keeps the whole byte of the dump (0…127), legal or not, so that nothing is lost
// between reading and writing; limited() gives the values a DX7 would accept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/inference/controls.h"

namespace sideband::dx7 {

struct Envelope {  // four rates and four levels, 0…99
  std::array<std::uint8_t, 4> rate{99, 99, 99, 99};
  std::array<std::uint8_t, 4> level{99, 99, 99, 0};
  bool operator==(const Envelope&) const = default;
};

enum ScalingCurve : std::uint8_t { kMinusLinear, kMinusExponential, kPlusExponential, kPlusLinear };
enum LfoWave : std::uint8_t { kTriangle, kSawDown, kSawUp, kSquare, kSine, kSampleAndHold };

struct Operator {
  Envelope envelope;
  std::uint8_t break_point = 39;     // 0…99; 39 is C3, MIDI note 60 (0 is A−1, MIDI note 21)
  std::uint8_t left_depth = 0;       // 0…99
  std::uint8_t right_depth = 0;      // 0…99
  std::uint8_t left_curve = 0;       // ScalingCurve
  std::uint8_t right_curve = 0;      // ScalingCurve
  std::uint8_t rate_scaling = 0;     // 0…7
  std::uint8_t amplitude_sense = 0;  // 0…3, to the LFO
  std::uint8_t velocity_sense = 0;   // 0…7
  std::uint8_t output_level = 0;     // 0…99
  std::uint8_t fixed_frequency = 0;  // 0: a ratio of the note, 1: Hz
  std::uint8_t coarse = 1;           // 0…31
  std::uint8_t fine = 0;             // 0…99
  std::uint8_t detune = 7;           // 0…14; 7 is none
  bool operator==(const Operator&) const = default;
};

struct Lfo {
  std::uint8_t speed = 35;           // 0…99
  std::uint8_t delay = 0;            // 0…99
  std::uint8_t pitch_depth = 0;      // 0…99
  std::uint8_t amplitude_depth = 0;  // 0…99
  std::uint8_t sync = 1;             // 1: starts anew with every key
  std::uint8_t wave = kTriangle;     // LfoWave
  bool operator==(const Lfo&) const = default;
};

inline constexpr std::size_t kNameLength = 10;

// The defaults are the DX7's "INIT VOICE": operator 1 alone, a plain sine.
struct Voice {
  std::array<Operator, kOperators> op;  // op[0] is operator 1, though dumps begin with 6
  Envelope pitch_envelope{{99, 99, 99, 99}, {50, 50, 50, 50}};
  std::uint8_t algorithm = 0;        // 0…31 for algorithms 1…32
  std::uint8_t feedback = 0;         // 0…7
  std::uint8_t oscillator_sync = 1;  // 1: every key starts all operators at phase 0
  Lfo lfo;
  std::uint8_t pitch_sense = 3;  // 0…7, to the LFO
  std::uint8_t transpose = 24;   // 0…48; 24 is none
  std::array<char, kNameLength> name{'I', 'N', 'I', 'T', ' ', 'V', 'O', 'I', 'C', 'E'};

  Voice() { op[0].output_level = 99; }
  bool operator==(const Voice&) const = default;
};

inline constexpr std::size_t kVoiceBytes = 155;
using VoiceBytes = std::array<std::uint8_t, kVoiceBytes>;

// What a parameter is called and how far it goes, by its number in the dump.
struct Parameter {
  std::string_view name;
  int op = 0;  // operator 1…6, 0 for the voice's own
  int max = 0;
};
Parameter parameter(std::size_t number);

VoiceBytes to_bytes(const Voice& voice);
Voice from_bytes(const VoiceBytes& bytes);

// The nearest legal voice, and how many parameters had to change.
Voice limited(const Voice& voice, int* changed = nullptr);

// The name without trailing blanks; the DX7's own characters (¥, ←, →) and control codes as '?'.
struct PrintableName {
  std::array<char, kNameLength + 1> text{};
  std::string_view view() const { return text.data(); }
};
PrintableName printable_name(const Voice& voice);

}  // namespace sideband::dx7
