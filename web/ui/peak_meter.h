// A peak meter's ballistics: instant attack, steady fall, and a hold mark.
#pragma once

#include <cmath>

namespace sideband::ui {

inline constexpr float kMeterFloorDb = -60.0F;

struct PeakMeter {
  float level_db = kMeterFloorDb;
  float hold_db = kMeterFloorDb;
  float hold_age_s = 0;
  float since_clip_s = 1000;

  // One hop's peak, 0…1.
  void push(float peak) {
    const float db = peak > 0.001F ? 20.0F * std::log10(peak) : kMeterFloorDb;
    if (db > level_db) level_db = db;
    if (db >= hold_db) {
      hold_db = db;
      hold_age_s = 0;
    }
    if (peak >= 0.999F) since_clip_s = 0;
  }

  void advance(float dt_s) {
    constexpr float kFallDbPerS = 26.0F;  // between a PPM's 12 and a digital meter's 40
    constexpr float kHoldS = 1.5F;
    level_db = std::fmax(level_db - kFallDbPerS * dt_s, kMeterFloorDb);
    hold_age_s += dt_s;
    if (hold_age_s > kHoldS) hold_db = std::fmax(hold_db - 2 * kFallDbPerS * dt_s, level_db);
    since_clip_s += dt_s;
  }
};

}  // namespace sideband::ui
