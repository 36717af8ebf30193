#include "core/listener.h"

#include <algorithm>
#include <cmath>

#include "core/analyzer/pitch_range.h"
#include "core/util/level.h"
#include "core/util/portable_math.h"

namespace sideband {

Status Listener::prepare(int sample_rate_hz, std::size_t hop_capacity, Arena& arena) {
  scaled_ = arena.take<float>(hop_capacity);
  AnalyzerConfig config;
  config.sample_rate_hz = sample_rate_hz;
  if (Status status = analyzer_.prepare(config, arena); !status) return status;
  keyboard_.prepare(sample_rate_hz);
  return {};
}

void Listener::reset() noexcept {
  analyzer_.reset();
  played_ = {};
  prepared_ = {};
  calibration_.reset();
  if (calibrating_) calibration_.start();
  keyboard_.reset();
  pitch_shaper_.reset();
  input_gain_ = input_gain_target_;
  peak_ = 0;
  peak_of_hop_ = 0;
}

void Listener::set(Param param, float value) noexcept {
  const bool on = value >= 0.5F;
  switch (param) {
    case Param::kInputGain:
      input_gain_target_ = gain_of_db(value);
      break;
    case Param::kGate:
      gate_db_ = value;
      break;
    case Param::kLoudnessOffset:
      loudness_offset_db_ = value;
      break;
    case Param::kPitchRange: {
      const PitchRange& range = kPitchRanges[static_cast<std::size_t>(std::lround(value))];
      analyzer_.set_range(range.low_hz, range.high_hz);
      break;
    }
    case Param::kCalibrate:
      calibrating_ = on;
      if (on) {
        calibration_.start();
      } else {
        calibration_.clear();
      }
      break;
    case Param::kAutoLoudness:
      switches_.auto_loudness = on;
      break;
    case Param::kAutoOctave:
      switches_.auto_octave = on;
      break;
    case Param::kAutoGate:
      switches_.auto_gate = on;
      break;
    case Param::kIgnoreTalk:
      ignore_talk_ = on;
      break;
    case Param::kTranspose:
      shaping_.transpose_semitones = value;
      break;
    case Param::kGlide:
      shaping_.glide_ms = value;
      break;
    case Param::kVibrato:
      shaping_.vibrato_depth = value;
      break;
    case Param::kTuning:
      tuning_ = static_cast<int>(std::lround(value));
      update_tuning();
      break;
    case Param::kTonic:
      tonic_ = std::round(value);
      update_tuning();
      break;
    case Param::kKeyAttack:
      key_shape_.attack_ms = value;
      keyboard_.set_shape(key_shape_);
      break;
    case Param::kKeyDecay:
      key_shape_.decay_ms = value;
      keyboard_.set_shape(key_shape_);
      break;
    case Param::kKeySustain:
      key_shape_.sustain_db = value;
      keyboard_.set_shape(key_shape_);
      break;
    case Param::kKeyRelease:
      key_shape_.release_ms = value;
      keyboard_.set_shape(key_shape_);
      break;
    case Param::kKeyLoudness:
      key_shape_.loudness_db = value;
      keyboard_.set_shape(key_shape_);
      break;
    default:
      break;
  }
}

void Listener::update_tuning() noexcept {
  const float tonic_midi = 60 + tonic_;
  Tuning tuning;
  if (tuning_ == 1) tuning = equal_temperament();
  if (tuning_ == 2) tuning = just_intonation(tonic_midi);
  if (tuning_ == 3) tuning = user_tuning_;
  tuning.tonic_midi = tonic_midi;
  pitch_shaper_.set_tuning(tuning);
}

Status Listener::set_scala(std::string_view text) noexcept {
  Status status = parse_scala(text, 60, user_tuning_);
  if (status) update_tuning();
  return status;
}

void Listener::play_keys(bool on) noexcept {
  if (on == keys_) return;
  keys_ = on;
  keyboard_.reset();
  analyzer_.reset();
  played_.confidence = 0;
  played_.loudness_db = -120;
}

void Listener::listen(std::span<const float> in, int position, int hop_samples) noexcept {
  const float slope = (input_gain_target_ - input_gain_) / static_cast<float>(hop_samples);
  const auto scaled = scaled_.first(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto place = static_cast<float>(position + static_cast<int>(i) + 1);
    const float sample = std::isfinite(in[i]) ? in[i] : 0.0F;
    scaled[i] = sample * (input_gain_ + slope * place);
  }
  peak_ = std::max(peak_, peak_of(scaled));
  if (!keys_ && prepared_.empty()) analyzer_.process(scaled, played_);
}

Features Listener::next(int hop_samples, const CalibrationTarget& target) noexcept {
  input_gain_ = input_gain_target_;
  peak_of_hop_ = peak_;
  peak_ = 0;
  switches_.talk = !keys_ && prepared_.empty() && analyzer_.talking();
  if (keys_) {
    played_ = keyboard_.next(hop_samples);
  } else if (!prepared_.empty()) {
    played_ = prepared_.front();
    prepared_ = prepared_.subspan(1);
  }
  const Features fitted = calibration_.apply(played_, target, switches_);
  Features shaped = pitch_shaper_.shape(fitted, shaping_);
  shaped.loudness_db = fitted.loudness_db + loudness_offset_db_;
  return shaped;
}

}  // namespace sideband
