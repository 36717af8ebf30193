#include "core/keyboard.h"

#include <algorithm>
#include <cmath>

#include "core/util/portable_math.h"

namespace sideband {
namespace {

constexpr float kFloorDb = -80;  // of the envelope: nothing is heard down there
constexpr float kSilenceDb = -120;
constexpr float kVelocityDbPerDecade = 30;  // velocity 64 is 9 dB below 127
constexpr float kPressureDb = 9;            // full pressure
constexpr float kVibratoHz = 5.5F;
constexpr float kVibratoSemitones = 0.5F;  // the wheel at its end
constexpr float kLegatoSeconds = 0.02F;    // from one key's loudness to the next's
constexpr float kSmoothSeconds = 0.01F;    // of controllers: they come in steps

float ratio_db(float ratio, float db_per_decade) {
  return ratio > 0 ? std::max(kSilenceDb, db_per_decade * log10_of(ratio)) : kSilenceDb;
}

float approach(float value, float target, float seconds, float time_constant) {
  return target + (value - target) * exp_of(-seconds / time_constant);
}

}  // namespace

void Keyboard::reset() noexcept {
  event_count_ = 0;
  all_up();
  rest_controllers();
  volume_ = 1;
  bend_range_semitones_ = 2;
  phase_ = Phase::kIdle;
  level_db_ = kFloorDb;
  swell_db_ = bend_semitones_ = vibrato_phase_ = 0;
}

bool Keyboard::midi(std::uint8_t status, std::uint8_t first, std::uint8_t second,
                    int delay_samples) noexcept {
  const int kind = status >> 4;
  if (kind < 0x8 || kind > 0xe || kind == 0xc || first > 127 || second > 127) return false;
  if (event_count_ == events_.size()) return false;
  events_[event_count_++] = {std::max(0, delay_samples), status, first, second};
  return true;
}

Features Keyboard::next(int hop_samples) noexcept {
  int done = 0;
  std::size_t taken = 0;
  const auto seconds = [this](int samples) {
    return static_cast<float>(samples) / static_cast<float>(sample_rate_hz_);
  };
  while (taken < event_count_ && events_[taken].delay_samples < hop_samples) {
    const int at = std::max(done, events_[taken].delay_samples);
    advance(seconds(at - done));
    done = at;
    take(events_[taken++]);
  }
  advance(seconds(hop_samples - done));
  for (std::size_t i = taken; i < event_count_; ++i) {
    events_[i - taken] = events_[i];
    events_[i - taken].delay_samples -= hop_samples;
  }
  event_count_ -= taken;

  const float vibrato = wheel_ * kVibratoSemitones * sine_of_turns(vibrato_phase_);
  const float pitch = static_cast<float>(key_) + bend_semitones_ + vibrato;
  Features frame;
  frame.f0_hz = std::clamp(440 * exp2_of((pitch - 69) / 12), kMinF0Hz, kMaxF0Hz);
  frame.confidence = phase_ == Phase::kIdle ? 0.0F : 1.0F;
  frame.loudness_db =
      phase_ == Phase::kIdle
          ? kSilenceDb
          : std::clamp(shape_.loudness_db + velocity_db_ + level_db_ + swell_db_, kSilenceDb, 0.0F);
  return frame;
}

// Each phase ends within the step where its time is up, so that the steps' lengths do not matter.
void Keyboard::advance(float seconds) noexcept {
  if (seconds <= 0) return;
  velocity_db_ = approach(velocity_db_, velocity_target_db_, seconds, kLegatoSeconds);
  const float swell_db =
      pressure_ * kPressureDb + ratio_db(expression_, 40) + ratio_db(volume_, 40);
  swell_db_ = approach(swell_db_, swell_db, seconds, kSmoothSeconds);
  bend_semitones_ =
      approach(bend_semitones_, bend_ * bend_range_semitones_, seconds, kSmoothSeconds);
  vibrato_phase_ += kVibratoHz * seconds;
  vibrato_phase_ -= std::floor(vibrato_phase_);

  float left_ms = 1000 * seconds;
  if (phase_ == Phase::kAttack) {
    const float amplitude = gain_of_db(level_db_);
    const float needed_ms = (1 - amplitude) * shape_.attack_ms;
    if (needed_ms > left_ms) {
      level_db_ = 20 * log10_of(amplitude + left_ms / shape_.attack_ms);
      return;
    }
    left_ms -= needed_ms;
    level_db_ = 0;
    phase_ = Phase::kDecay;
  }
  if (phase_ == Phase::kDecay) {
    const float step_db = -shape_.sustain_db * left_ms / std::max(shape_.decay_ms, 1.0F);
    level_db_ = std::max(level_db_ - step_db, std::min(level_db_, shape_.sustain_db));
  } else if (phase_ == Phase::kRelease) {
    level_db_ -= 60 * left_ms / std::max(shape_.release_ms, 1.0F);
    if (level_db_ <= kFloorDb) {
      level_db_ = kFloorDb;
      phase_ = Phase::kIdle;
    }
  }
}

void Keyboard::take(const Event& event) noexcept {
  const int first = event.first;
  const int second = event.second;
  switch (event.status >> 4) {
    case 0x8:
      key_up(first);
      break;
    case 0x9:
      second == 0 ? key_up(first) : key_down(first, second);
      break;
    case 0xa:
      if (first == key_) pressure_ = static_cast<float>(second) / 127;
      break;
    case 0xb:
      take_controller(first, second);
      break;
    case 0xd:
      pressure_ = static_cast<float>(first) / 127;
      break;
    default:
      bend_ = static_cast<float>((second << 7 | first) - 8192) / 8192;
      break;
  }
}

void Keyboard::take_controller(int number, int value) noexcept {
  const float share = static_cast<float>(value) / 127;
  switch (number) {
    case 1:
      wheel_ = share;
      break;
    case 2:
    case 11:
      expression_ = share;
      break;
    case 6:
      if (parameter_ == 0) bend_range_semitones_ = static_cast<float>(std::min(value, 24));
      break;
    case 7:
      volume_ = share;
      break;
    case 64:
      pedal_ = value >= 64;
      if (!pedal_) release_pedal();
      break;
    case 98:
    case 99:
      parameter_ = 0x3fff;  // a parameter of somebody else's
      break;
    case 100:
      parameter_ = (parameter_ & 0x3f80) | value;
      break;
    case 101:
      parameter_ = (parameter_ & 0x7f) | value << 7;
      break;
    case 121:
      rest_controllers();
      break;
    case 120:
    case 123:
      all_up();
      break;
    default:
      break;
  }
}

// A key pressed while another is down slides to its pitch and loudness; one pressed alone begins
// anew, from where the sound is.
void Keyboard::key_down(int key, int velocity) noexcept {
  const bool legato = held_count_ > 0;
  forget(key);
  held_[held_count_++] = static_cast<std::uint8_t>(key);
  key_ = key;
  velocity_target_db_ = ratio_db(static_cast<float>(velocity) / 127, kVelocityDbPerDecade);
  if (legato) return;
  if (phase_ == Phase::kIdle) {
    level_db_ = kFloorDb;
    pressure_ = 0;
    vibrato_phase_ = 0;
  } else {
    level_db_ = std::clamp(level_db_ + velocity_db_ - velocity_target_db_, kFloorDb, 0.0F);
  }
  velocity_db_ = velocity_target_db_;
  phase_ = Phase::kAttack;
}

void Keyboard::key_up(int key) noexcept {
  const auto index = static_cast<std::size_t>(key);
  if (pedal_) {
    pedalled_[index] = true;
    return;
  }
  forget(key);
  follow_keys();
}

void Keyboard::forget(int key) noexcept {
  pedalled_[static_cast<std::size_t>(key)] = false;
  const auto end = held_.begin() + static_cast<std::ptrdiff_t>(held_count_);
  const auto found = std::find(held_.begin(), end, static_cast<std::uint8_t>(key));
  if (found == end) return;
  std::copy(found + 1, end, found);
  --held_count_;
}

void Keyboard::follow_keys() noexcept {
  if (held_count_ > 0) {
    key_ = held_[held_count_ - 1];
  } else if (phase_ != Phase::kIdle) {
    phase_ = Phase::kRelease;
  }
}

void Keyboard::release_pedal() noexcept {
  for (int key = 0; key < 128; ++key) {
    if (pedalled_[static_cast<std::size_t>(key)]) forget(key);
  }
  follow_keys();
}

void Keyboard::all_up() noexcept {
  held_count_ = 0;
  pedalled_.fill(false);
  follow_keys();
}

void Keyboard::rest_controllers() noexcept {
  pressure_ = wheel_ = bend_ = 0;
  expression_ = 1;
  parameter_ = 0x3fff;
  pedal_ = false;
  release_pedal();
}

}  // namespace sideband
