// Tells talk from playing and singing, over a second or so.
#pragma once

#include <array>

#include "core/analyzer/features.h"

namespace sideband {

// Who talks comes to rest on no pitch: within a syllable it moves, and every few hundred
// milliseconds a consonant interrupts it, often with a noise of its own. Notes, sung ones too,
// rest, swing around one pitch, or last. Talk is what shows all of that for a while, and stops
// being talk with the first tone that rests; until there is evidence, everything is playing.
class TalkGuard {
 public:
  // [audio-thread]
  void reset() noexcept { *this = TalkGuard(); }

  // [audio-thread] One frame as heard, voiced or not.
  void advance(const Features& heard) noexcept;

  bool talking() const noexcept { return talking_; }

 private:
  static constexpr int kRestFrames = 20;  // 80 ms
  static constexpr int kSwingFrames = 40;

  void advance_voiced(float semitones, float loudness_db) noexcept;
  void advance_unvoiced(float loudness_db) noexcept;
  bool rests() const noexcept;
  bool swings_around_one_pitch() const noexcept;

  std::array<float, kSwingFrames> pitch_{};  // semitones, the last ones, in a ring
  std::array<float, kRestFrames> mean_{};    // of the last kSwingFrames pitches, in a ring
  float pitch_sum_ = 0;
  int run_ = 0;         // voiced frames without interruption
  int rested_ = 0;      // of these, how many of the last ones are a note's
  int gap_ = 0;         // unvoiced frames since
  int gap_noises_ = 0;  // that may be consonants, if a vowel follows
  float vowel_db_ = kSilenceDb;
  float floor_db_ = 0;

  // How much of each was heard lately, in frames.
  float moving_ = 0;
  float notes_ = 0;
  float consonants_ = 0;
  float syllables_ = 0;  // their number
  bool talking_ = false;

  static constexpr float kSilenceDb = -120;
};

}  // namespace sideband
