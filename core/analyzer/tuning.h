// A scale that played notes may be drawn to: 12 equal steps, just intonation, or the user's Scala
// file.
#pragma once

#include <array>
#include <string_view>

#include "core/util/status.h"

namespace sideband {

struct Tuning {
  static constexpr int kMaxDegrees = 128;

  // Cents above the tonic of degree 0 (always 0) … degrees − 1, ascending; then it repeats at
  // period.
  std::array<float, kMaxDegrees> cents{};
  int degrees = 0;  // 0: no scale, pitch stays as played
  float period_cents = 1200;
  float tonic_midi = 60;  // the pitch of degree 0

  // Nearest pitch of the scale to a (fractional) MIDI note.
  float nearest_midi(float midi) const noexcept;
};

Tuning equal_temperament();
// 5-limit just intonation, the intense diatonic scale filled up to twelve notes: 1/1 16/15 9/8 6/5
// 5/4 4/3 45/32 3/2 8/5 5/3 9/5 15/8.
Tuning just_intonation(float tonic_midi);

// Reads the text of a Scala scale file (.scl): comment lines start with '!', then a description,
// the number of notes, and one pitch per line, either cents with a point or a ratio. Refuses with
// the line.
Status parse_scala(std::string_view text, float tonic_midi, Tuning& tuning);

}  // namespace sideband
