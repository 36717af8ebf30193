// One note of a DX7 voice, played by FmVoice at any rate: envelopes, LFO and pitch envelope become
// levels and pitch 250 times a second.
//
// Carriers are divided by their number, as the DX7's output stage does. Not modelled: the
// hardware's stairs in envelopes and its 12-bit converter, which a listener hears as grain.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/dx7/envelope.h"
#include "core/dx7/voice.h"
#include "core/inference/controls.h"
#include "core/synth/fm/fm_voice.h"
#include "core/synth/patch.h"
#include "core/util/rng.h"
#include "core/util/timebase.h"

namespace sideband::dx7 {

class Note {
 public:
  void prepare(int output_rate_hz) noexcept;

  // [audio-thread] Key down: values beyond the DX7's are limited first. A voice with key sync
  // starts its operators at phase 0, one with LFO sync its LFO; else they go on from the note that
  // this one played before.
  void start(const Voice& voice, int midi_note, int velocity) noexcept;
  void key_up() noexcept;

  // [audio-thread] Any number of samples; the same ones however they are split.
  void render(std::span<float> out) noexcept;

  // The routing of the voice, and what the next frame will be, for those who play it themselves.
  const FmPatch& patch() const noexcept { return patch_; }
  Controls next_frame() noexcept;

  bool silent() const noexcept { return silent_; }  // released and down to nothing

 private:
  double lfo_value(double seconds) noexcept;  // −1…1

  Voice voice_;
  FmVoice fm_;
  FmPatch patch_;
  HopClock clock_{48000};
  std::array<EnvelopeCurve, kOperators> envelope_;
  std::array<double, kOperators> level_{};
  std::array<double, kOperators> release_from_{};
  PitchCurve pitch_;
  double pitch_octaves_ = 0;
  double pitch_release_from_ = 0;
  double note_hz_ = 440;
  int frame_ = 0;
  int release_frame_ = -1;
  bool key_up_pending_ = false;
  bool silent_ = true;
  double lfo_start_turns_ = 0;  // at key down
  double lfo_turns_ = 0;        // at the next frame
  Rng random_;
  double sample_and_hold_ = 0;
  int sample_and_hold_cycle_ = -1;
  static constexpr int kMaxHopSamples = 1024;
  std::array<float, kMaxHopSamples> hop_{};
  int hop_samples_ = 0;
  int hop_used_ = 0;
};

}  // namespace sideband::dx7
