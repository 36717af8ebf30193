// Which synth a model plays through, as the model file's metadata states it.
#pragma once

#include <cstdint>
#include <span>

#include "core/synth/patch.h"

namespace sideband {

enum class SynthType : std::uint8_t { kFm, kFmNoise, kHarmonicNoise };

struct SynthConfig {
  SynthType type = SynthType::kFm;
  FmPatch patch;                          // kFm, kFmNoise
  int harmonics = 0;                      // kHarmonicNoise
  int noise_bands = 0;                    // kFmNoise, kHarmonicNoise
  std::span<const float> reverb_impulse;  // at 16 kHz, sample 0 is the dry path; empty: no reverb
  int output_rate_hz = 48000;
  std::uint32_t noise_seed = 1;
};

}  // namespace sideband
