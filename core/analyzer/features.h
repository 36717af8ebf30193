// What the analyzer knows about the sound, once per 4 ms frame.
#pragma once

namespace sideband {

struct Features {
  float f0_hz = 440.0F;  // 50–3200 Hz; holds its last trusted value where the sound has no pitch
  float confidence = 0.0F;      // 0–1; a frame counts as voiced from kVoicedConfidence up
  float loudness_db = -120.0F;  // A-weighted level; a full-scale 1 kHz sine reads −3.01 dB
};

inline constexpr float kVoicedConfidence = 0.5F;
inline constexpr float kMinF0Hz = 50.0F;
inline constexpr float kMaxF0Hz = 3200.0F;

}  // namespace sideband
