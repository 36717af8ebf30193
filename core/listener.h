// The player's side of the engine: the input, or keys, as the features that the networks see.
// Input gain → analyzer (or keyboard) → calibration → pitch shaping.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/analyzer/analyzer.h"
#include "core/analyzer/calibration.h"
#include "core/analyzer/pitch_shaper.h"
#include "core/analyzer/tuning.h"
#include "core/keyboard.h"
#include "core/params.h"
#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

class Listener {
 public:
  static constexpr std::size_t kMemoryBytes = 1U << 20U;  // of the arena, at most, beside the hop

  // [main-thread] `hop_capacity` samples are the longest hop.
  Status prepare(int sample_rate_hz, std::size_t hop_capacity, Arena& arena);
  // [audio-thread] Settings are kept, the player is forgotten.
  void reset() noexcept;

  // [audio-thread] A parameter of core/params.h, within its range; others are ignored.
  void set(Param param, float value) noexcept;
  Status set_scala(std::string_view text) noexcept;

  // [audio-thread] Keys instead of the input, or the input again; all keys are up afterwards.
  void play_keys(bool on) noexcept;
  // [audio-thread] A MIDI message, so many samples after the hop's start (keyboard.h).
  bool midi(std::uint8_t status, std::uint8_t first, std::uint8_t second, int at_sample) noexcept {
    return keyboard_.midi(status, first, second, at_sample);
  }

  // From now on the frames are these instead of what the analyzer makes of the input, until they
  // are used up.
  void follow(std::span<const Features> played) noexcept { prepared_ = played; }

  // [audio-thread] Up to a hop of input that begins at `position` of `hop_samples`: gain and
  // analysis. The gain is a function of the place in the hop alone, so that the block size cannot
  // be heard.
  void listen(std::span<const float> in, int position, int hop_samples) noexcept;

  // [audio-thread] At the end of the hop: the frame as the decoder shall see it.
  Features next(int hop_samples, const CalibrationTarget& target) noexcept;

  // Of the hop that next() ended.
  const Features& played() const noexcept { return played_; }
  float input_peak() const noexcept { return peak_of_hop_; }  // 0…1
  bool talking() const noexcept { return switches_.talk; }
  bool ignoring() const noexcept { return ignore_talk_ && talking(); }
  float gate_db() const noexcept { return calibration_.gate_db(gate_db_, switches_.auto_gate); }

  const Calibration& calibration() const noexcept { return calibration_; }
  int latency_samples() const noexcept { return analyzer_.latency_samples(); }

 private:
  void update_tuning() noexcept;

  Analyzer analyzer_;
  Keyboard keyboard_;
  KeyShape key_shape_;
  Calibration calibration_;
  CalibrationSwitches switches_;
  PitchShaper pitch_shaper_;
  PitchShaping shaping_;
  Tuning user_tuning_;  // what "tuning" 3 draws to
  int tuning_ = 0;
  float tonic_ = 0;  // 0…11 semitones above C

  std::span<float> scaled_;
  Features played_;
  std::span<const Features> prepared_;
  bool keys_ = false;
  bool ignore_talk_ = false;
  bool calibrating_ = false;  // what the parameter says
  float input_gain_ = 1;      // ramps to input_gain_target_ over a hop
  float input_gain_target_ = 1;
  float loudness_offset_db_ = 0;
  float gate_db_ = -100;
  float peak_ = 0;  // so far
  float peak_of_hop_ = 0;
};

}  // namespace sideband
