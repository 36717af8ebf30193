// What a player may want between the pitch heard and the pitch sounded: transposition, glide, a
// scale, more or less vibrato. All off by default, and then the frames pass unchanged.
#pragma once

#include "core/analyzer/features.h"
#include "core/analyzer/tuning.h"

namespace sideband {

struct PitchShaping {
  float transpose_semitones = 0;
  float glide_ms = 0;       // time to reach a new note to within a tenth of the interval
  float vibrato_depth = 1;  // scale of what moves around the note: 0 straightens, 2 doubles
};

class PitchShaper {
 public:
  // [audio-thread] Forgets the note being played.
  void reset() noexcept;

  void set_tuning(const Tuning& tuning) noexcept { tuning_ = tuning; }
  const Tuning& tuning() const noexcept { return tuning_; }

  // [audio-thread] One frame.
  Features shape(const Features& played, const PitchShaping& shaping) noexcept;

 private:
  void follow_note(float midi, bool voiced) noexcept;
  float scale_note() noexcept;

  Tuning tuning_;
  bool playing_ = false;     // a note has been heard since reset
  float center_midi_ = 69;   // the note without its vibrato
  float held_midi_ = 69;     // the scale's note it is drawn to
  float sounded_midi_ = 69;  // with glide
  float depth_ = 1;          // ramped vibrato depth
  float draw_ = 0;  // 0: free pitch, 1: on the scale; ramped so that switching does not click
  float transpose_ = 0;
};

}  // namespace sideband
