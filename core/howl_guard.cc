#include "core/howl_guard.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/util/portable_math.h"
#include "core/util/timebase.h"

namespace sideband {
namespace {

constexpr int frames(float seconds) {
  return static_cast<int>(seconds * kFrameRateHz);
}

constexpr float kQuietDb = -60;  // nothing to worry about below
constexpr float kFadingDb = 4;   // a sound that has lost this much dies by itself
constexpr int kSoundingFrames = frames(0.2F);
constexpr int kUnvoicedFrames = 3;  // that a frame without pitch takes back

// Barker sequences: they resemble themselves at no other delay, and no player's vibrato.
constexpr std::array<int, 13> kBarker13{1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1};
constexpr std::array<int, 11> kBarker11{1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0};

struct Stage {
  std::span<const int> chips;
  int chip_frames;
  float depth_cents;
  float likeness;  // at least
};
constexpr std::array<Stage, HowlGuard::kStages> kStage{
    {{kBarker13, 6, 6, 0.6F}, {kBarker11, 5, 12, 0.6F}, {kBarker11, 5, 20, 0.65F}}};
constexpr int kPatterns = 4;  // of each sequence: as it is, backwards, and both inverted
constexpr int kRampFrames = 3;
constexpr float kLeastFollowing = 0.5F;  // a room's echo blurs it
constexpr float kMostFollowing = 1.8F;
// An overloaded loop wanders in pitch, and whoever plays that loudly hears no larger pattern
// either.
constexpr float kOverloadDb = -9;
constexpr float kOverloadDepth = 3;
constexpr float kSurplusCents = 45;
constexpr float kLeastKept = 0.6F;  // of the frames
constexpr int kSameDelay = 2;       // hops either side

constexpr int kMuteFrames = frames(0.6F);
constexpr float kMutedDb = -60;
constexpr float kStepDb =
    6;  // the first loop found leaves the output this much lower, others double
constexpr float kLowestCeilingDb = -36;
constexpr int kForgiveFrames = frames(10);  // without a loop: 1 dB is given back
constexpr float kSlopeDb = 3;               // per frame, of every change

int length_of(const Stage& stage) {
  return static_cast<int>(stage.chips.size()) * stage.chip_frames;
}

float cents_of(const Features& features) {
  return 1200 * log2_of(std::max(features.f0_hz, 1.0F) / kMinF0Hz);
}

}  // namespace

void HowlGuard::set_on(bool on) noexcept {
  if (on == on_) return;
  on_ = on;
  reset();
}

void HowlGuard::reset() noexcept {
  phase_ = Phase::kListen;
  frame_ = phase_frame_ = sounding_frames_ = calm_frames_ = howls_ = stage_ = pattern_ = 0;
  average_db_ = loudest_db_ = -120;
  ceiling_db_ = gain_db_ = 0;
  probes_ = {};
}

void HowlGuard::update(const Features& heard, Features& answer) noexcept {
  if (!on_) return;
  frame_ = (frame_ + 1) % (1 << 20);
  ++phase_frame_;
  at(heard_cents_, frame_) = cents_of(heard);
  at(answered_cents_, frame_) = cents_of(answer);
  listen(heard);
  if (phase_ == Phase::kListen && sounding_frames_ >= kSoundingFrames) {
    begin_probe(0);
  } else if (phase_ == Phase::kProbe) {
    probe();
  } else if (phase_ == Phase::kMute && phase_frame_ >= kMuteFrames) {
    phase_ = Phase::kListen;
    sounding_frames_ = 0;
  }
  if (ceiling_db_ < 0 && ++calm_frames_ >= kForgiveFrames) {
    calm_frames_ = 0;
    ceiling_db_ = std::min(0.0F, ceiling_db_ + 1);
  }
  const float before = at(written_cents_, frame_ - 1 + kHistory);
  const float step = depth_cents_ / kRampFrames;
  const float written = std::clamp(pattern_cents(), before - step, before + step);
  at(written_cents_, frame_) = written;
  if (written != 0) answer.f0_hz *= exp2_of(written / 1200);
  const float target_db = phase_ == Phase::kMute ? kMutedDb : ceiling_db_;
  gain_db_ = std::clamp(target_db, gain_db_ - kSlopeDb, gain_db_ + kSlopeDb);
}

float HowlGuard::gain() const noexcept {
  return gain_db_ == 0 ? 1.0F : gain_of_db(gain_db_);
}

// Whether there is a tone that goes on without fading.
void HowlGuard::listen(const Features& heard) noexcept {
  average_db_ += (std::max(heard.loudness_db, -120.0F) - average_db_) * (1.0F / 20);
  if (average_db_ < kQuietDb || average_db_ < loudest_db_ - kFadingDb) {
    loudest_db_ = average_db_;
    sounding_frames_ = 0;
    return;
  }
  loudest_db_ = std::max(loudest_db_, average_db_);
  const bool voiced = heard.confidence >= kVoicedConfidence;
  sounding_frames_ = std::max(0, sounding_frames_ + (voiced ? 1 : -kUnvoicedFrames));
}

void HowlGuard::begin_probe(int stage) noexcept {
  if (stage == 0) {
    shortest_delay_ = 1;
    longest_delay_ = kLongestDelay;
  } else {
    shortest_delay_ = std::max(1, best_delay_ - kSameDelay);
    longest_delay_ = best_delay_ + kSameDelay;
  }
  phase_ = Phase::kProbe;
  stage_ = stage;
  pattern_ = (pattern_ + 1) % kPatterns;
  phase_frame_ = 0;
  first_frame_ = frame_;
  depth_cents_ = kStage[static_cast<std::size_t>(stage)].depth_cents;
  if (average_db_ > kOverloadDb) depth_cents_ *= kOverloadDepth;
  best_ = {};
  ++probes_[static_cast<std::size_t>(stage)];
}

// The pattern at this frame, either side of nothing.
float HowlGuard::pattern_cents() const noexcept {
  const Stage& stage = kStage[static_cast<std::size_t>(stage_)];
  if (phase_ != Phase::kProbe || phase_frame_ >= length_of(stage)) return 0;
  const auto chip = static_cast<std::size_t>(phase_frame_ / stage.chip_frames);
  const int value = stage.chips[pattern_ % 2 == 0 ? chip : stage.chips.size() - 1 - chip];
  return (value == pattern_ / 2 ? 0.5F : -0.5F) * depth_cents_;
}

void HowlGuard::probe() noexcept {
  const Stage& stage = kStage[static_cast<std::size_t>(stage_)];
  const int delay = phase_frame_ - length_of(stage);
  if (delay < shortest_delay_) return;
  const Answer answer = answer_after(delay);
  if (answer.likeness > best_.likeness) {
    best_ = answer;
    best_delay_ = delay;
  }
  const bool passed = best_.likeness >= stage.likeness && best_.following >= kLeastFollowing &&
                      best_.following <= kMostFollowing;
  if (passed && (delay >= best_delay_ + 1 || delay >= longest_delay_)) {
    if (stage_ + 1 < kStages) {
      begin_probe(stage_ + 1);
    } else {
      found();
    }
  } else if (delay >= longest_delay_) {
    phase_ = Phase::kListen;
    sounding_frames_ = 0;
  }
}

// In a loop, what is heard is what was answered one delay before, and the pattern on top. The
// frames in which something else happens (a note begins, the tracker changes its mind) do not
// count.
HowlGuard::Answer HowlGuard::answer_after(int delay) const noexcept {
  const auto length = static_cast<std::size_t>(length_of(kStage[static_cast<std::size_t>(stage_)]));
  std::array<float, kLongestPattern> surplus;
  for (std::size_t i = 0; i < length; ++i) {
    const int frame = first_frame_ + static_cast<int>(i);
    surplus[i] = at(heard_cents_, frame + delay) - at(answered_cents_, frame);
  }
  std::array<float, kLongestPattern> sorted = surplus;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(length / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(length));
  float count = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < length; ++i) {
    const float heard = surplus[i] - *middle;
    if (!(std::abs(heard) <= kSurplusCents)) continue;
    const float written = at(written_cents_, first_frame_ + static_cast<int>(i));
    ++count;
    x += written;
    y += heard;
    xx += written * written;
    xy += written * heard;
    yy += heard * heard;
  }
  if (count < kLeastKept * static_cast<float>(length)) return {};
  xx -= x * x / count;
  xy -= x * y / count;
  yy -= y * y / count;
  if (xx < 1 || yy < 1) return {};
  return {xy / std::sqrt(xx * yy), xy / xx};
}

void HowlGuard::found() noexcept {
  ++howls_;
  const float step_db = ceiling_db_ == 0 ? kStepDb : -ceiling_db_;
  ceiling_db_ = std::max(kLowestCeilingDb, ceiling_db_ - step_db);
  calm_frames_ = 0;
  phase_ = Phase::kMute;
  phase_frame_ = 0;
}

}  // namespace sideband
