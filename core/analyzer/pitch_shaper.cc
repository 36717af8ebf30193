#include "core/analyzer/pitch_shaper.h"

#include <algorithm>
#include <cmath>

#include "core/util/portable_math.h"
#include "core/util/timebase.h"

namespace sideband {
namespace {

constexpr float kFrameSeconds = 1.0F / kFrameRateHz;
constexpr float kNoteChangeSemitones = 0.9F;  // a wider step than vibrato makes within a note
// Slow enough to leave a 5–7 Hz vibrato in, fast enough to follow a bent note.
constexpr float kCenterSeconds = 0.15F;
constexpr float kSettingSeconds = 0.02F;  // ramps of the settings themselves
constexpr float kHoldFactor =
    1.2F;  // how much nearer another scale note must be before it is taken

float midi_of(float f0_hz) {
  return 69 + 12 * log2_of(f0_hz / 440);
}
float hz_of(float midi) {
  return 440 * exp2_of((midi - 69) / 12);
}

float approach(float value, float target, float seconds) {
  const float next = value + (target - value) * (1 - exp_of(-kFrameSeconds / seconds));
  return std::abs(target - next) < 1e-5F ? target : next;
}

}  // namespace

void PitchShaper::reset() noexcept {
  const Tuning tuning = tuning_;
  *this = {};
  tuning_ = tuning;
}

Features PitchShaper::shape(const Features& played, const PitchShaping& shaping) noexcept {
  Features shaped = played;
  if (!(played.f0_hz > 0)) return shaped;
  transpose_ = approach(transpose_, shaping.transpose_semitones, kSettingSeconds);
  depth_ = approach(depth_, shaping.vibrato_depth, kSettingSeconds);
  draw_ = approach(draw_, tuning_.degrees > 0 ? 1.0F : 0.0F, kSettingSeconds);

  const float midi = midi_of(played.f0_hz);
  const bool voiced = played.confidence >= kVoicedConfidence;
  const bool first = !playing_ && voiced;
  follow_note(midi, voiced);
  const float target = center_midi_ + draw_ * (scale_note() - center_midi_);
  const bool gliding = shaping.glide_ms > 0 && !first;
  // 2.3 time constants take a glide to a tenth of the interval.
  sounded_midi_ = gliding ? approach(sounded_midi_, target, shaping.glide_ms / 2300) : target;

  const bool untouched = depth_ == 1 && draw_ == 0 && sounded_midi_ == center_midi_;
  if (untouched && transpose_ == 0) return shaped;
  const float sounded = untouched ? midi : sounded_midi_ + depth_ * (midi - center_midi_);
  shaped.f0_hz = std::clamp(hz_of(sounded + transpose_), 10.0F, 8000.0F);
  return shaped;
}

void PitchShaper::follow_note(float midi, bool voiced) noexcept {
  if (!voiced) return;
  const bool new_note = !playing_ || std::abs(midi - center_midi_) > kNoteChangeSemitones;
  center_midi_ = new_note ? midi : approach(center_midi_, midi, kCenterSeconds);
  playing_ = true;
}

// The scale's note, with hysteresis: between two notes the one already sounding stays.
float PitchShaper::scale_note() noexcept {
  const float nearest = tuning_.nearest_midi(center_midi_);
  const bool nearer =
      std::abs(held_midi_ - center_midi_) > kHoldFactor * std::abs(nearest - center_midi_);
  const bool held_in_scale = std::abs(tuning_.nearest_midi(held_midi_) - held_midi_) < 1e-3F;
  if (nearer || !held_in_scale) held_midi_ = nearest;
  return held_midi_;
}

}  // namespace sideband
