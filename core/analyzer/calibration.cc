#include "core/analyzer/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sideband {
namespace {

constexpr float kAutoKeep = 0.9998F;  // per voiced frame: half is forgotten after 14 s of playing
constexpr float kLeastAutoFrames = 250;  // a second of playing before the automatic mode acts
constexpr float kLeastRangeDb = 6;       // a steady player's range is not blown up
constexpr float kLeastScale = 0.5F;
constexpr float kMostScale = 2;
constexpr float kFollow = 0.02F;  // per frame: 0.2 s, too slow to be heard as a step

constexpr float kRangeSlack = 1.12F;  // two semitones beyond the range before an octave changes
constexpr int kMostOctaves = 3;

constexpr int kPieceFrames = 64;  // a quarter of a second
constexpr float kGateAboveRoomDb = 10;
constexpr float kHighestGateDb = -30;

float approach(float value, float target) {
  const float next = value + kFollow * (target - value);
  return std::abs(target - next) < 1e-4F ? target : next;
}

}  // namespace

void LoudnessHistogram::reset() noexcept {
  count_.fill(0);
  total_ = 0;
}

// Fading all counts is the same as letting new ones weigh more; both are scaled back in time.
void LoudnessHistogram::add(float loudness_db, float keep) noexcept {
  const auto bin = static_cast<int>((loudness_db - kFloorDb) / kBinDb);
  if (keep < 1) {
    for (float& count : count_) count = count * keep < 1e-9F ? 0 : count * keep;
    total_ *= keep;
  }
  count_[static_cast<std::size_t>(std::clamp(bin, 0, kBins - 1))] += 1;
  total_ += 1;
}

float LoudnessHistogram::percentile_db(float percent) const noexcept {
  const float wanted = total_ * percent / 100;
  float below = 0;
  for (int bin = 0; bin < kBins; ++bin) {
    const float count = count_[static_cast<std::size_t>(bin)];
    if (count > 0 && below + count >= wanted) {
      return kFloorDb + kBinDb * (static_cast<float>(bin) + (wanted - below) / count);
    }
    below += count;
  }
  return kFloorDb;
}

void Calibration::reset() noexcept {
  *this = {};
}

void Calibration::start() noexcept {
  playing_.reset();
  measuring_ = true;
  measured_ = false;
}

float Calibration::progress() const noexcept {
  if (measured_) return 1;
  return measuring_ ? playing_.frames() / kMeasureFrames : 0;
}

Features Calibration::apply(const Features& played, const CalibrationTarget& target,
                            const CalibrationSwitches& switches) noexcept {
  if (!std::isfinite(played.loudness_db) || !(played.f0_hz > 0)) return played;
  if (!switches.talk) listen(played);
  follow_loudness(target, switches.auto_loudness);

  const bool voiced = played.confidence >= kVoicedConfidence;
  // Only where a note begins: never within one.
  if (voiced && !voiced_) {
    if (switches.auto_octave) choose_octave(played.f0_hz, target);
  }
  if (!voiced && !switches.auto_octave) octave_ = 0;
  voiced_ = voiced;

  Features fitted = played;
  fitted.loudness_db = scale_ * played.loudness_db + offset_db_;
  fitted.f0_hz = played.f0_hz * static_cast<float>(std::exp2(octave_));
  return fitted;
}

void Calibration::listen(const Features& played) noexcept {
  if (played.confidence >= kVoicedConfidence) {
    piece_frames_ = 0;
    piece_sum_db_ = 0;
    recent_.add(played.loudness_db, kAutoKeep);
    if (!measuring_) return;
    playing_.add(played.loudness_db, 1);
    if (playing_.frames() < kMeasureFrames) return;
    quiet_db_ = playing_.percentile_db(5);
    loud_db_ = playing_.percentile_db(95);
    measuring_ = false;
    measured_ = true;
    return;
  }
  piece_sum_db_ += played.loudness_db;
  if (++piece_frames_ < kPieceFrames) return;
  piece_db_[static_cast<std::size_t>(pieces_ % kSilencePieces)] =
      piece_sum_db_ / static_cast<float>(kPieceFrames);
  pieces_ = pieces_ + 1 == 2 * kSilencePieces ? kSilencePieces : pieces_ + 1;
  piece_frames_ = 0;
  piece_sum_db_ = 0;
  const auto known = static_cast<std::ptrdiff_t>(std::min(pieces_, kSilencePieces));
  // The quietest: a reverberating or breathing piece says nothing about the room.
  room_db_ = *std::min_element(piece_db_.begin(), piece_db_.begin() + known);
}

void Calibration::follow_loudness(const CalibrationTarget& target, bool automatic) noexcept {
  float scale = 1;
  float offset_db = 0;
  const bool known = automatic && recent_.frames() >= kLeastAutoFrames;
  if (known || measured_) {
    const float quiet_db = measured_ ? quiet_db_ : recent_.percentile_db(5);
    const float loud_db = measured_ ? loud_db_ : recent_.percentile_db(95);
    const float range_db = std::max(loud_db - quiet_db, kLeastRangeDb);
    scale = std::clamp((target.loud_db - target.quiet_db) / range_db, kLeastScale, kMostScale);
    // The middles meet, whatever the limits leave of the ends.
    offset_db = 0.5F * (target.loud_db + target.quiet_db) - scale * 0.5F * (loud_db + quiet_db);
  }
  scale_ = approach(scale_, scale);
  offset_db_ = approach(offset_db_, offset_db);
}

void Calibration::choose_octave(float f0_hz, const CalibrationTarget& target) noexcept {
  if (!(target.low_hz > 0) || !(target.high_hz > 2 * target.low_hz)) {
    octave_ = 0;
    return;
  }
  const auto fits = [&](int octave, float slack) {
    const float shifted_hz = f0_hz * static_cast<float>(std::exp2(octave));
    return shifted_hz * slack >= target.low_hz && shifted_hz <= target.high_hz * slack;
  };
  if (fits(octave_, kRangeSlack)) return;
  for (int distance = 0; distance <= kMostOctaves; ++distance) {
    for (const int octave : {distance, -distance}) {
      if (!fits(octave, 1)) continue;
      octave_ = octave;
      return;
    }
  }
}

float Calibration::gate_db(float set_db, bool automatic) const noexcept {
  if (!automatic || pieces_ == 0) return set_db;
  return std::max(set_db, std::min(room_db_ + kGateAboveRoomDb, kHighestGateDb));
}

}  // namespace sideband
