// Fits a player to a model: loudness to the range it was trained on, the voice to its octave, the
// gate to the room. Each is off by default; what is in effect is always readable.
#pragma once

#include <array>

#include "core/analyzer/features.h"

namespace sideband {

struct CalibrationTarget {
  // Loudness that 5 and 95 % of the training's voiced frames stay below; these are for models that
  // do not say.
  float quiet_db = -45;
  float loud_db = -18;
  float low_hz = 0;  // the instrument's range; 0 where it is not known
  float high_hz = 0;
};

struct CalibrationSwitches {
  bool auto_loudness = false;  // follow the player's range all the time
  bool auto_octave = false;
  bool auto_gate = false;
  bool talk = false;  // what is heard says nothing about player or room
};

// How often each loudness was heard; old counts fade by `keep` per frame.
class LoudnessHistogram {
 public:
  void reset() noexcept;
  void add(float loudness_db, float keep) noexcept;
  float frames() const noexcept { return total_; }
  float percentile_db(float percent) const noexcept;

 private:
  static constexpr float kFloorDb = -100;
  static constexpr float kBinDb = 0.5F;
  static constexpr int kBins = 220;  // to +10 dB
  std::array<float, kBins> count_{};
  float total_ = 0;
};

class Calibration {
 public:
  static constexpr int kMeasureFrames = 750;  // 3 s of playing, silence not counted

  // [audio-thread] Forgets the player and the room.
  void reset() noexcept;

  // [audio-thread] Measures the next three seconds of sound ("softest and loudest"); the range
  // found then holds until the next call or clear().
  void start() noexcept;
  void clear() noexcept { measured_ = measuring_ = false; }
  float progress() const noexcept;  // 0–1 while it measures; 1 when it has
  bool measured() const noexcept { return measured_; }

  // [audio-thread] One frame: its loudness and pitch as the model should see them.
  Features apply(const Features& played, const CalibrationTarget& target,
                 const CalibrationSwitches& switches) noexcept;

  // In effect now: the model sees scale · loudness + offset.
  float loudness_scale() const noexcept { return scale_; }
  float loudness_offset_db() const noexcept { return offset_db_; }
  int octave_shift() const noexcept { return octave_; }
  // The gate for this room: no lower than what the player set.
  float gate_db(float set_db, bool automatic) const noexcept;

 private:
  void listen(const Features& played) noexcept;
  void follow_loudness(const CalibrationTarget& target, bool automatic) noexcept;
  void choose_octave(float f0_hz, const CalibrationTarget& target) noexcept;

  LoudnessHistogram playing_;
  LoudnessHistogram recent_;  // all that was played lately, for the automatic mode
  bool measuring_ = false;
  bool measured_ = false;
  float quiet_db_ = 0;  // what the measurement found
  float loud_db_ = 0;
  float scale_ = 1;
  float offset_db_ = 0;

  bool voiced_ = false;
  int octave_ = 0;

  static constexpr int kSilencePieces = 8;
  std::array<float, kSilencePieces> piece_db_{};  // mean levels of stretches without a note
  int pieces_ = 0;
  float piece_sum_db_ = 0;
  int piece_frames_ = 0;
  float room_db_ = -120;
};

}  // namespace sideband
