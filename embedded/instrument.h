// One model that plays for ever: the path of core/engine.h for a device without a second slot, a
// host rate or a display. Everything runs at 16 kHz in hops of 64 samples.
#pragma once

#include <array>
#include <span>

#include "core/analyzer/analyzer.h"
#include "core/analyzer/pitch_shaper.h"
#include "core/interventions.h"
#include "core/slot.h"
#include "core/synth/output_stage.h"
#include "core/synth/silence_gate.h"
#include "core/util/arena.h"
#include "core/util/status.h"
#include "core/util/timebase.h"

namespace sideband {

// What a board's knobs and switches set, once per hop.
struct InstrumentControls {
  float input_gain = 1;
  float output_gain_db = 0;
  float transpose_semitones = 0;
  float brightness = 1;
  float reverb_wet = 1;
};

class Instrument {
 public:
  // Takes all the memory it will ever use; the model's arrays must stay.
  Status prepare(const Model& model, std::span<std::byte> memory);

  // One hop in, one hop out; a sound comes back a hop and the analyzer's lag later.
  void process(std::span<const float, kHopSamples> in, std::span<float, kHopSamples> out,
               const InstrumentControls& controls) noexcept;

  const Features& heard() const noexcept { return frame_; }
  std::size_t used_bytes() const noexcept { return slot_.used_bytes(); }

 private:
  Analyzer analyzer_;
  PitchShaper pitch_shaper_;
  SilenceGate gate_;
  Interventions interventions_;
  Slot slot_;
  OutputStage output_stage_;
  Features frame_;
  std::array<float, kHopSamples> next_{};  // what the last hop rendered
};

}  // namespace sideband
