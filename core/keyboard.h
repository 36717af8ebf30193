// Frames from keys instead of a microphone: one voice, last note first, an envelope for the
// loudness. Takes MIDI messages, gives what the analyzer would: pitch, confidence, loudness.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/analyzer/features.h"

namespace sideband {

// The loudness of a note. It rises linearly in amplitude, and falls linearly in dB.
struct KeyShape {
  float attack_ms = 12;
  float decay_ms = 180;     // from the peak to the sustained level
  float sustain_db = -5;    // relative to the peak
  float release_ms = 300;   // for 60 dB
  float loudness_db = -20;  // of a key at full velocity, in the analyzer's dB
};

class Keyboard {
 public:
  void prepare(int sample_rate_hz) noexcept { sample_rate_hz_ = sample_rate_hz; }

  // [audio-thread] All keys up, controllers at rest.
  void reset() noexcept;

  // [audio-thread]
  void set_shape(const KeyShape& shape) noexcept { shape_ = shape; }

  // [audio-thread] A message that takes effect so many samples after the start of the present hop.
  // Understands note on and off, bend (with its range, RPN 0), channel and key pressure, and the
  // controllers 1 (vibrato), 2 and 11 (loudness), 7 (volume), 64 (pedal), 120, 121 and 123; all
  // channels alike. Messages must come in order. False: it was no such message, or 128 are waiting.
  bool midi(std::uint8_t status, std::uint8_t first, std::uint8_t second,
            int delay_samples) noexcept;

  // [audio-thread] The frame at the end of a hop of this length.
  Features next(int hop_samples) noexcept;

 private:
  enum class Phase : std::uint8_t { kIdle, kAttack, kDecay, kRelease };

  struct Event {
    int delay_samples;
    std::uint8_t status, first, second;
  };

  void advance(float seconds) noexcept;
  void take(const Event& event) noexcept;
  void take_controller(int number, int value) noexcept;
  void key_down(int key, int velocity) noexcept;
  void key_up(int key) noexcept;
  void forget(int key) noexcept;
  void follow_keys() noexcept;
  void release_pedal() noexcept;
  void all_up() noexcept;
  void rest_controllers() noexcept;

  int sample_rate_hz_ = 48000;
  KeyShape shape_;
  std::array<Event, 128> events_{};
  std::size_t event_count_ = 0;

  std::array<std::uint8_t, 128> held_{};  // keys in the order they went down
  std::size_t held_count_ = 0;
  std::array<bool, 128> pedalled_{};  // kept by the pedal alone
  bool pedal_ = false;
  int key_ = 69;

  Phase phase_ = Phase::kIdle;
  float level_db_ = -80;  // of the envelope, relative to its peak
  float velocity_db_ = 0;
  float velocity_target_db_ = 0;
  float swell_db_ = 0;  // pressure, expression and volume together
  float pressure_ = 0;  // 0…1
  float expression_ = 1;
  float volume_ = 1;
  float bend_semitones_ = 0;
  float bend_ = 0;  // −1…1
  float bend_range_semitones_ = 2;
  int parameter_ = 0x3fff;  // registered parameter that data entry sets
  float wheel_ = 0;         // 0…1
  float vibrato_phase_ = 0;
};

}  // namespace sideband
