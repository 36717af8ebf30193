// Features → the two numbers a network is trained on: pitch as MIDI note / 127, loudness as dB / 80
// + 1.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/analyzer/features.h"
#include "core/util/portable_math.h"

namespace sideband {

struct ScaledFeatures {
  float pitch = 0;
  float loudness = 0;
};

inline constexpr float kLoudnessFloorDb = -80.0F;   // scales to 0
inline constexpr float kLoudnessCeilingDb = 40.0F;  // sanity only: nothing real is as loud
inline constexpr float kLowestPitchHz = 1.0F;  // sanity only: transposed pitches leave 50–2000 Hz
inline constexpr float kHighestPitchHz = 20000.0F;

inline ScaledFeatures scale_features(const Features& features) {
  const float pitch_hz = std::clamp(features.f0_hz, kLowestPitchHz, kHighestPitchHz);
  const float level_db = std::clamp(features.loudness_db, kLoudnessFloorDb, kLoudnessCeilingDb);
  const float note = 69.0F + 12.0F * log2_of(pitch_hz / 440.0F);
  return {note / 127.0F, level_db / 80.0F + 1.0F};
}

// Replaces what is not finite by the last good value, so that one bad frame cannot poison a
// network's memory.
class FeatureGuard {
 public:
  void reset() noexcept { last_ = {}; }

  Features operator()(Features features) noexcept {
    if (!std::isfinite(features.f0_hz)) features.f0_hz = last_.f0_hz;
    if (!std::isfinite(features.confidence)) features.confidence = 0.0F;
    if (!std::isfinite(features.loudness_db)) features.loudness_db = last_.loudness_db;
    last_ = features;
    return features;
  }

 private:
  Features last_;
};

}  // namespace sideband
