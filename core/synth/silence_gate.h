// Silence in, silence out: closes when the input is too quiet to be played, once per frame.
#pragma once

#include <algorithm>

#include "core/util/timebase.h"

namespace sideband {

class SilenceGate {
 public:
  static constexpr float kHysteresisDb = 6;              // closes this far below where it opens
  static constexpr int kHoldFrames = kFrameRateHz / 10;  // 100 ms: a bow change is no end
  static constexpr int kOpenFrames = kFrameRateHz / 50;  // 20 ms
  static constexpr int kCloseFrames = kFrameRateHz * 6 / 100;  // 60 ms

  void reset() noexcept {
    open_ = false;
    quiet_frames_ = 0;
    gain_ = 0;
  }

  void set_threshold_db(float threshold_db) noexcept { threshold_db_ = threshold_db; }

  // [audio-thread] Gain (0…1) at the end of the hop whose loudness this is. NaN counts as silence.
  float update(float loudness_db) noexcept {
    if (loudness_db >= threshold_db_) {
      open_ = true;
      quiet_frames_ = 0;
    } else if (loudness_db >= threshold_db_ - kHysteresisDb) {
      quiet_frames_ = 0;
    } else if (++quiet_frames_ >= kHoldFrames) {
      quiet_frames_ = kHoldFrames;
      open_ = false;
    }
    gain_ = open_ ? std::min(1.0F, gain_ + 1.0F / kOpenFrames)
                  : std::max(0.0F, gain_ - 1.0F / kCloseFrames);
    return gain_;
  }

  bool open() const noexcept { return open_; }

 private:
  float threshold_db_ = -78;
  float gain_ = 0;
  int quiet_frames_ = 0;
  bool open_ = false;
};

}  // namespace sideband
