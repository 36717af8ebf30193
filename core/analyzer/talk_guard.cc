#include "core/analyzer/talk_guard.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/util/portable_math.h"

namespace sideband {
namespace {

constexpr float kMemory = 1 - 1.0F / 375;  // per voiced frame: 1.5 s

constexpr float kRestSemitones = 0.6F;    // ±30 cents
constexpr float kSwingSemitones = 0.12F;  // the same for the mean over a period of vibrato
constexpr int kLongRun = 125;             // 0.5 s without interruption: no syllable
constexpr int kSyllableFrames = 10;
constexpr int kGapFrames = 40;  // a longer one is a pause

// A consonant's noise: this far below the vowels at most, and not what is there all the time.
constexpr float kConsonantDb = 25;
constexpr float kAboveFloorDb = 10;
constexpr float kVowelFallDb = 0.1F;   // per frame
constexpr float kFloorRiseDb = 0.05F;  // per frame

constexpr float kEnoughMoving = 60;  // frames
constexpr float kMostNotes = 0.15F;  // against what moves
constexpr float kEnoughSyllables = 3.5F;
constexpr float kLeastConsonants = 0.08F;  // against all that is voiced
constexpr int kRestToReopen = 20;          // frames of rest, each after kRestFrames

template <typename Values>
float span_of(const Values& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high - *low;
}

}  // namespace

void TalkGuard::advance(const Features& heard) noexcept {
  floor_db_ = std::min(floor_db_ + kFloorRiseDb, heard.loudness_db);
  if (heard.confidence >= kVoicedConfidence) {
    advance_voiced(12 * log2_of(heard.f0_hz / 440), heard.loudness_db);
  } else {
    advance_unvoiced(heard.loudness_db);
  }
}

void TalkGuard::advance_voiced(float semitones, float loudness_db) noexcept {
  vowel_db_ = std::max(vowel_db_ - kVowelFallDb, loudness_db);
  for (float* amount : {&moving_, &notes_, &consonants_, &syllables_}) *amount *= kMemory;
  consonants_ += static_cast<float>(gap_noises_);
  gap_ = 0;
  gap_noises_ = 0;

  float& oldest = pitch_[static_cast<std::size_t>(run_ % kSwingFrames)];
  pitch_sum_ += semitones - (run_ < kSwingFrames ? 0 : oldest);
  oldest = semitones;
  mean_[static_cast<std::size_t>(run_ % kRestFrames)] = pitch_sum_ / kSwingFrames;
  ++run_;
  if (run_ == kSyllableFrames) syllables_ += 1;
  if (run_ < kRestFrames) return;

  if (run_ > kLongRun || rests() || swings_around_one_pitch()) {
    notes_ += 1;
    ++rested_;
  } else {
    moving_ += 1;
    rested_ = 0;
  }
  if (rested_ >= kRestToReopen && talking_) {
    talking_ = false;
    moving_ = 0;
  } else if (moving_ > kEnoughMoving && notes_ < kMostNotes * moving_ &&
             syllables_ > kEnoughSyllables && consonants_ > kLeastConsonants * (moving_ + notes_)) {
    talking_ = true;
  }
}

void TalkGuard::advance_unvoiced(float loudness_db) noexcept {
  run_ = 0;
  rested_ = 0;
  pitch_sum_ = 0;
  gap_ = std::min(gap_ + 1, kGapFrames + 1);
  if (gap_ <= kGapFrames && loudness_db > vowel_db_ - kConsonantDb &&
      loudness_db > floor_db_ + kAboveFloorDb) {
    ++gap_noises_;
  }
}

bool TalkGuard::rests() const noexcept {
  // The last kRestFrames of the ring.
  float low = pitch_[static_cast<std::size_t>((run_ - 1) % kSwingFrames)];
  float high = low;
  for (int k = 2; k <= kRestFrames; ++k) {
    const float pitch = pitch_[static_cast<std::size_t>((run_ - k) % kSwingFrames)];
    low = std::min(low, pitch);
    high = std::max(high, pitch);
  }
  return high - low <= kRestSemitones;
}

bool TalkGuard::swings_around_one_pitch() const noexcept {
  return run_ >= kSwingFrames + kRestFrames && span_of(mean_) <= kSwingSemitones;
}

}  // namespace sideband
