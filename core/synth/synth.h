// Controls → audio, one hop at a time: the sound source of a slot, with its reverb.
#pragma once

#include <span>

#include "core/inference/controls.h"
#include "core/synth/fm/fm_voice.h"
#include "core/synth/harmonic_noise/harmonic_bank.h"
#include "core/synth/noise/noise_voice.h"
#include "core/synth/patch.h"
#include "core/synth/reverb.h"
#include "core/synth/synth_config.h"
#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

// Live settings; every one ramps over the next hop(s), so that nothing clicks.
struct SynthSettings {
  FmPatch patch;  // routing, carriers and ratios as edited; starts as the model's patch
  float noise_gain = 1.0F;
  float reverb_wet = 1.0F;    // gain of the reverb's wet path; 0 leaves the direct sound alone
  float reverb_decay = 1.0F;  // 1: as trained; below 1 the tail dies sooner: × decay^(t / 0.1 s)
};

class Synth {
 public:
  // [any thread] Takes the memory and checks the configuration; load_step() as in Decoder: builds
  // resamplers and the reverb's spectra a little at a time, true while there is more to do.
  Status prepare(const SynthConfig& config, Arena& arena);
  bool load_step() noexcept;

  // [audio-thread] Silence: phases, tails and ramps start afresh; the next frame is frame 0, from
  // which hop 0 starts (no ramp up from zero).
  void reset() noexcept;

  // [audio-thread] Renders out.size() samples (one hop at the output rate) in which levels,
  // amplitudes and f0 ramp linearly from the previous frame to `frame`: sample n of N is at
  // fraction (n + 1) / N. Phase adds each sample's increment before the sine is taken.
  void render(const Controls& frame, const SynthSettings& settings, std::span<float> out) noexcept;

  // Peak modulation depth per edge is for the display; levels shown are Controls after editing.
  const SynthConfig& config() const noexcept { return config_; }

 private:
  bool has_noise() const noexcept { return config_.type != SynthType::kFm; }

  SynthConfig config_;
  FmVoice fm_;
  HarmonicBank harmonics_;
  NoiseVoice noise_;
  Reverb reverb_;
};

}  // namespace sideband
