#include "core/howl_guard.h"

#include <algorithm>
#include <cmath>

#include "core/util/timebase.h"

namespace sideband {
namespace {

constexpr int frames(float seconds) {
  return static_cast<int>(seconds * kFrameRateHz);
}

constexpr int kSteadyFrames = frames(1.2F);  // longer than most notes are held still
constexpr float kSteadyOctaves = 0.03F;      // 36 cents either side
constexpr float kFadingDb = 3;               // a tone that has lost this much dies by itself
constexpr float kQuietDb = -65;              // nothing to worry about below
constexpr float kDipDb = -12;
constexpr int kFirstDipFrames = frames(0.08F);
constexpr int kSecondDipFrames = frames(0.14F);
constexpr int kAnswerFrames = frames(0.5F);  // system and room answer within
constexpr float kAnswerDb = 2.5F;            // a room's echo fills the dip in part
constexpr int kWaitFrames = frames(0.3F);
constexpr int kCooldownFrames = frames(8);  // after a "no"; then twice as long, and so on
constexpr int kLongestCooldownFrames = frames(64);
constexpr int kMuteFrames = frames(0.6F);
constexpr float kMutedDb = -60;
constexpr float kStepDb = 6;  // each loop found leaves the output this much lower
constexpr float kLowestCeilingDb = -36;
constexpr int kForgiveFrames = frames(10);  // without a loop: 1 dB is given back
constexpr float kSlopeDb = 3;               // per frame, of every change

}  // namespace

void HowlGuard::set_on(bool on) noexcept {
  if (on == on_) return;
  on_ = on;
  reset();
}

void HowlGuard::reset() noexcept {
  phase_ = Phase::kCalm;
  frame_ = steady_frames_ = answers_ = cooldown_frames_ = calm_frames_ = howls_ = 0;
  next_cooldown_frames_ = kCooldownFrames;
  average_db_ = loudest_db_ = -120;
  ceiling_db_ = gain_db_ = 0;
}

float HowlGuard::update(const Features& heard) noexcept {
  if (!on_) return 1;
  float target_db = ceiling_db_;
  const bool is_steady = steady(heard);
  ++frame_;
  switch (phase_) {
    case Phase::kCalm:
      if (cooldown_frames_ > 0) --cooldown_frames_;
      if (ceiling_db_ < 0 && ++calm_frames_ >= kForgiveFrames) {
        calm_frames_ = 0;
        ceiling_db_ = std::min(0.0F, ceiling_db_ + 1);
      }
      if (is_steady && cooldown_frames_ == 0) begin_probe(kFirstDipFrames);
      break;
    case Phase::kProbe:
      if (frame_ <= dip_frames_) target_db += kDipDb;
      lowest_db_ = std::min(lowest_db_, heard.loudness_db);
      if (frame_ >= kAnswerFrames) end_probe();
      break;
    case Phase::kWait:
      if (frame_ >= kWaitFrames) begin_probe(kSecondDipFrames);
      break;
    case Phase::kMute:
      target_db = kMutedDb;
      if (frame_ >= kMuteFrames) {
        phase_ = Phase::kCalm;
        calm_frames_ = steady_frames_ = cooldown_frames_ = 0;
      }
      break;
  }
  gain_db_ = gain_db_ < target_db ? std::min(gain_db_ + kSlopeDb, target_db)
                                  : std::max(gain_db_ - kSlopeDb, target_db);
  return gain_db_ == 0 ? 1.0F : std::pow(10.0F, gain_db_ / 20);
}

// Whether one tone has been held without fading for long enough to wonder.
bool HowlGuard::steady(const Features& heard) noexcept {
  average_db_ += (std::max(heard.loudness_db, -120.0F) - average_db_) * (1.0F / 20);
  const float log2_hz = std::log2(std::max(heard.f0_hz, 1.0F));
  const bool same = heard.confidence >= kVoicedConfidence && heard.loudness_db > kQuietDb &&
                    std::abs(log2_hz - anchor_log2_hz_) < kSteadyOctaves &&
                    average_db_ > loudest_db_ - kFadingDb;
  if (!same) {
    anchor_log2_hz_ = log2_hz;
    loudest_db_ = average_db_;
    steady_frames_ = 0;
    return false;
  }
  anchor_log2_hz_ += (log2_hz - anchor_log2_hz_) * 0.01F;  // a loop may drift
  loudest_db_ = std::max(loudest_db_, average_db_);
  return ++steady_frames_ >= kSteadyFrames;
}

void HowlGuard::begin_probe(int dip_frames) noexcept {
  phase_ = Phase::kProbe;
  frame_ = 0;
  dip_frames_ = dip_frames;
  reference_db_ = average_db_;
  lowest_db_ = reference_db_;
}

void HowlGuard::end_probe() noexcept {
  frame_ = 0;
  if (reference_db_ - lowest_db_ < kAnswerDb) {
    answers_ = 0;
    cooldown_frames_ = next_cooldown_frames_;
    next_cooldown_frames_ = std::min(2 * next_cooldown_frames_, kLongestCooldownFrames);
    phase_ = Phase::kCalm;
  } else if (++answers_ < 2) {
    phase_ = Phase::kWait;
  } else {
    answers_ = 0;
    ++howls_;
    next_cooldown_frames_ = kCooldownFrames;
    ceiling_db_ = std::max(kLowestCeilingDb, ceiling_db_ - kStepDb);
    phase_ = Phase::kMute;
  }
}

}  // namespace sideband
