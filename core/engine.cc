#include "core/engine.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/analyzer/pitch_range.h"

namespace sideband {
namespace {

constexpr std::size_t kAnalyzerBytes = 1U << 20U;
constexpr float kCrossfadeSeconds = 0.02F;
constexpr int kLoadStepsPerHop = 1;
constexpr int kCatchUpFramesPerHop =
    8;  // bounds the extra work per hop while a new model catches up

float gain_of_db(float db) {
  return std::pow(10.0F, db / 20.0F);
}

float peak_of(std::span<const float> samples) {
  float peak = 0;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  return peak;
}

}  // namespace

std::size_t Engine::required_bytes(const EngineConfig& config) {
  const auto hop = static_cast<std::size_t>(HopClock(config.sample_rate_hz).max_hop_samples());
  return kAnalyzerBytes + kVoices * (config.slot_bytes + Arena::kAlignment) +
         3 * (hop * sizeof(float) + Arena::kAlignment) + Arena::kAlignment;
}

Status Engine::prepare(const EngineConfig& config, Arena& arena) {
  if (config.sample_rate_hz < 8000 || config.sample_rate_hz > 192000) {
    return Status::error("a sample rate of ", config.sample_rate_hz,
                         " Hz is outside 8000 to 192000 Hz; choose another output device or rate");
  }
  sample_rate_hz_ = config.sample_rate_hz;
  clock_ = HopClock(sample_rate_hz_);
  const auto hop = static_cast<std::size_t>(clock_.max_hop_samples());
  hop_out_ = arena.take<float>(hop);
  hop_in_ = arena.take<float>(hop);
  voice_out_ = arena.take<float>(hop);
  AnalyzerConfig analyzer_config;
  analyzer_config.sample_rate_hz = sample_rate_hz_;
  if (Status status = analyzer_.prepare(analyzer_config, arena); !status) return status;
  keyboard_.prepare(sample_rate_hz_);
  output_stage_.prepare(sample_rate_hz_);
  for (Voice& voice : voices_) {
    voice.slot.prepare(arena.take<std::byte>(config.slot_bytes), sample_rate_hz_,
                       config.noise_seed);
  }
  if (arena.exhausted()) {
    return Status::error("the engine needs ", required_bytes(config), " bytes but was given ",
                         arena.capacity_bytes());
  }
  for (int i = 0; i < kParamCount; ++i) {
    set(static_cast<Param>(i), kParams[static_cast<std::size_t>(i)].initial);
  }
  reset();
  return {};
}

void Engine::reset() noexcept {
  clock_.reset();
  hop_samples_ = clock_.next_hop_samples();
  hop_position_ = 0;
  std::fill(hop_out_.begin(), hop_out_.end(), 0.0F);
  analyzer_.reset();
  frame_ = {};
  calibration_.reset();
  if (get(Param::kCalibrate) >= 0.5F) calibration_.start();
  keyboard_.reset();
  howl_guard_.reset();
  howl_gain_ = 1;
  pitch_shaper_.reset();
  gate_.reset();
  output_stage_.reset();
  input_gain_ = input_gain_target_;
  input_peak_ = 0;
  frame_count_ = 0;
  catch_up_frame_ = 0;
  traces_ = {};
  update_fade_targets();
  for (Voice& voice : voices_) {
    if (voice.slot.loaded()) voice.slot.reset();
    voice.fade = voice.fade_target;
    voice.sounding = voice.fade_target != 0;
  }
}

void Engine::process(std::span<const float> in, std::span<float> out) noexcept {
  while (!in.empty()) {
    const std::size_t count =
        std::min(in.size(), static_cast<std::size_t>(hop_samples_ - hop_position_));
    listen(in.first(count));
    const auto ready = hop_out_.subspan(static_cast<std::size_t>(hop_position_), count);
    std::copy(ready.begin(), ready.end(), out.begin());
    in = in.subspan(count);
    out = out.subspan(count);
    hop_position_ += static_cast<int>(count);
    if (hop_position_ == hop_samples_) run_hop();
  }
}

// Gain and analysis of up to a hop of input. The gain is a function of the place in the hop alone,
// so that the block size cannot be heard.
void Engine::listen(std::span<const float> in) noexcept {
  const float slope = (input_gain_target_ - input_gain_) / static_cast<float>(hop_samples_);
  const auto scaled = hop_in_.first(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto place = static_cast<float>(hop_position_ + static_cast<int>(i) + 1);
    const float sample = std::isfinite(in[i]) ? in[i] : 0.0F;
    scaled[i] = sample * (input_gain_ + slope * place);
  }
  input_peak_ = std::max(input_peak_, peak_of(scaled));
  if (!keys_) analyzer_.process(scaled, frame_);
}

void Engine::run_hop() noexcept {
  input_gain_ = input_gain_target_;
  if (keys_) frame_ = keyboard_.next(hop_samples_);
  hop_samples_ = clock_.next_hop_samples();
  hop_position_ = 0;
  const auto out = hop_out_.first(static_cast<std::size_t>(hop_samples_));

  const Features shaped = shape(frame_);
  FrameTrace& trace = traces_[static_cast<std::size_t>(frame_count_ % kTraceFrames)];
  trace = {};
  trace.played = frame_;
  trace.features = shaped;
  trace.input_peak = input_peak_;
  const float gate_db = calibration_.gate_db(get(Param::kGate), get(Param::kAutoGate) >= 0.5F);
  trace.loudness_shift_db =
      (calibration_.loudness_scale() - 1) * frame_.loudness_db + calibration_.loudness_offset_db();
  trace.octave_shift = static_cast<float>(calibration_.octave_shift());
  trace.gate_db = gate_db;
  ++frame_count_;
  input_peak_ = 0;

  if (loading()) advance_loading();
  gate_.set_threshold_db(gate_db);
  const float gate = gate_.update(frame_.loudness_db);
  std::fill(out.begin(), out.end(), 0.0F);
  for (Voice& voice : voices_) {
    if (!voice.slot.loaded()) continue;
    // While it catches up, the new model replays the past on its own.
    if (load_phase_ == LoadPhase::kCatchUp && &voice == &voices_[spare_]) continue;
    voice.slot.decode(shaped);
    if (voice.fade == 0 && voice.fade_target == 0) {
      voice.sounding = false;
      continue;
    }
    if (!voice.sounding) voice.slot.restart_sound();
    voice.sounding = true;
    const auto rendered = voice_out_.first(out.size());
    voice.slot.render(interventions_, gate, rendered);
    mix(voice, out);
  }
  output_stage_.process(out);
  guard(out);

  const Slot& heard = voice_of(heard_slot()).slot;
  if (heard.loaded()) {
    trace.level = heard.sounding_controls().level;
    trace.model_level = heard.model_controls().level;
    float sum = 0;
    for (const float band : heard.sounding_controls().noise_band) sum += band;
    trace.noise_level = sum / kNoiseBands;
  }
  trace.output_peak = peak_of(out);
}

void Engine::guard(std::span<float> out) noexcept {
  const float gain = howl_guard_.update(frame_);
  if (gain == 1 && howl_gain_ == 1) return;
  const float slope = (gain - howl_gain_) / static_cast<float>(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] *= howl_gain_ + slope * static_cast<float>(i + 1);
  }
  howl_gain_ = gain;
}

void Engine::play_keys(bool on) noexcept {
  if (on == keys_) return;
  keys_ = on;
  keyboard_.reset();
  analyzer_.reset();
  frame_.confidence = 0;
  frame_.loudness_db = -120;
}

void Engine::update_keys() noexcept {
  KeyShape shape;
  shape.attack_ms = get(Param::kKeyAttack);
  shape.decay_ms = get(Param::kKeyDecay);
  shape.sustain_db = get(Param::kKeySustain);
  shape.release_ms = get(Param::kKeyRelease);
  shape.loudness_db = get(Param::kKeyLoudness);
  keyboard_.set_shape(shape);
}

void Engine::mix(Voice& voice, std::span<float> out) noexcept {
  if (voice.fade == voice.fade_target) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += voice_out_[i] * voice.fade;
    return;
  }
  const float step = 1.0F / (kCrossfadeSeconds * static_cast<float>(sample_rate_hz_));
  for (std::size_t i = 0; i < out.size(); ++i) {
    voice.fade = voice.fade < voice.fade_target ? std::min(voice.fade + step, voice.fade_target)
                                                : std::max(voice.fade - step, voice.fade_target);
    out[i] += voice_out_[i] * std::sin(voice.fade * std::numbers::pi_v<float> / 2);
  }
}

Features Engine::shape(const Features& played) noexcept {
  PitchShaping shaping;
  shaping.transpose_semitones = get(Param::kTranspose);
  shaping.glide_ms = get(Param::kGlide);
  shaping.vibrato_depth = get(Param::kVibrato);
  const CalibrationSwitches switches{get(Param::kAutoLoudness) >= 0.5F,
                                     get(Param::kAutoOctave) >= 0.5F,
                                     get(Param::kAutoGate) >= 0.5F};
  const Features fitted = calibration_.apply(played, calibration_target(), switches);
  Features shaped = pitch_shaper_.shape(fitted, shaping);
  shaped.loudness_db = fitted.loudness_db + get(Param::kLoudnessOffset);
  return shaped;
}

// The pitches of the heard model's instrument, where its name says which.
CalibrationTarget Engine::calibration_target() const noexcept {
  CalibrationTarget target;
  const Slot& heard = voice_of(heard_slot()).slot;
  if (!heard.loaded()) return target;
  const int index = find_pitch_range(heard.instrument());
  if (index <= 0) return target;
  const PitchRange& range = kPitchRanges[static_cast<std::size_t>(index)];
  target.low_hz = range.low_hz;
  target.high_hz = range.high_hz;
  return target;
}

void Engine::update_tuning() noexcept {
  const float tonic_midi = 60 + std::round(get(Param::kTonic));
  Tuning tuning;
  switch (static_cast<int>(std::round(get(Param::kTuning)))) {
    case 1:
      tuning = equal_temperament();
      break;
    case 2:
      tuning = just_intonation(tonic_midi);
      break;
    case 3:
      tuning = user_tuning_;
      break;
    default:
      break;
  }
  tuning.tonic_midi = tonic_midi;
  pitch_shaper_.set_tuning(tuning);
}

Status Engine::set_scala(std::string_view text) noexcept {
  Status status = parse_scala(text, 60, user_tuning_);
  if (status) update_tuning();
  return status;
}

int Engine::latency_samples() const noexcept {
  return sample_rate_hz_ / kFrameRateHz + analyzer_.latency_samples();
}

Status Engine::load(int slot, std::span<const std::byte> file) noexcept {
  if (slot < 0 || slot >= kSlots) return Status::error("there is no slot ", slot, "; use 0 or 1");
  if (load_phase_ == LoadPhase::kFade) {
    return Status::error("the model before is still fading in; load again in 20 ms");
  }
  load_phase_ = LoadPhase::kIdle;
  load_status_ = voices_[spare_].slot.load(file);
  if (!load_status_) return load_status_;
  load_slot_ = slot;
  load_phase_ = LoadPhase::kUnpack;
  return {};
}

// One hop's share of the loading work; the phases follow each other in this order.
void Engine::advance_loading() noexcept {
  Slot& next = voices_[spare_].slot;
  if (load_phase_ == LoadPhase::kUnpack) {
    for (int i = 0; i < kLoadStepsPerHop; ++i) {
      if (next.load_step()) continue;
      load_status_ = next.load_status();
      if (!load_status_) {
        load_phase_ = LoadPhase::kIdle;
        return;
      }
      load_phase_ = LoadPhase::kCatchUp;
      const std::int64_t past = std::min(next.receptive_field_frames(), kTraceFrames - 1);
      catch_up_frame_ = std::max<std::int64_t>(0, frame_count_ - past);
      return;
    }
  } else if (load_phase_ == LoadPhase::kCatchUp) {
    const std::int64_t now =
        frame_count_ - 1;  // this hop's own frame is decoded as every voice's is
    for (int i = 0; i < kCatchUpFramesPerHop && catch_up_frame_ < now; ++i) {
      next.decode(trace(catch_up_frame_++).features);
    }
    if (catch_up_frame_ >= now) take_over();
  } else if (load_phase_ == LoadPhase::kFade) {
    Voice& old = voices_[spare_];
    if (old.fade != 0) return;
    old.slot.unload();
    old.sounding = false;
    load_phase_ = LoadPhase::kIdle;
  }
}

// The new model becomes the slot's voice; the old one becomes the spare and fades out.
void Engine::take_over() noexcept {
  std::swap(voice_index_[static_cast<std::size_t>(load_slot_)], spare_);
  load_phase_ = LoadPhase::kFade;
  update_fade_targets();
}

Status Engine::finish_loading() noexcept {
  if (load_phase_ == LoadPhase::kUnpack) {
    while (voices_[spare_].slot.load_step()) {
    }
    load_status_ = voices_[spare_].slot.load_status();
    if (!load_status_) {
      load_phase_ = LoadPhase::kIdle;
      return load_status_;
    }
    load_phase_ = LoadPhase::kCatchUp;
    catch_up_frame_ = frame_count_;
  }
  if (load_phase_ == LoadPhase::kCatchUp) {
    while (catch_up_frame_ < frame_count_) {
      voices_[spare_].slot.decode(trace(catch_up_frame_++).features);
    }
    take_over();
  }
  for (Voice& voice : voices_) voice.fade = voice.fade_target;
  advance_loading();
  return load_status_;
}

void Engine::update_fade_targets() noexcept {
  for (Voice& voice : voices_) voice.fade_target = 0;
  Voice& heard = voice_of(heard_slot());
  if (heard.slot.loaded()) heard.fade_target = 1;
  Voice& other = voice_of(1 - heard_slot());
  if (get(Param::kDelta) >= 0.5F && other.slot.loaded()) other.fade_target = -1;
}

bool Engine::loaded(int slot) const noexcept {
  return voice_of(slot).slot.loaded();
}

void Engine::set(Param param, float value) noexcept {
  const auto index = static_cast<std::size_t>(param);
  const ParamInfo& info = kParams[index];
  if (!std::isfinite(value)) return;
  params_[index] = std::clamp(value, info.min, info.max);
  value = params_[index];
  set_operator(param, value);
  switch (param) {
    case Param::kInputGain:
      input_gain_target_ = gain_of_db(value);
      break;
    case Param::kOutputGain:
      output_stage_.set_gain_db(value);
      break;
    case Param::kPitchRange: {
      const PitchRange& range = kPitchRanges[static_cast<std::size_t>(std::lround(value))];
      analyzer_.set_range(range.low_hz, range.high_hz);
      break;
    }
    case Param::kCalibrate:
      if (value >= 0.5F) {
        calibration_.start();
      } else {
        calibration_.clear();
      }
      break;
    case Param::kIndexScale:
      interventions_.index_scale = value;
      break;
    case Param::kBrightness:
      interventions_.brightness = value;
      break;
    case Param::kNoise:
      interventions_.noise_scale = value;
      break;
    case Param::kReverbWet:
      interventions_.reverb_wet = value;
      break;
    case Param::kReverbDecay:
      interventions_.reverb_decay = value;
      break;
    case Param::kKeyAttack:
    case Param::kKeyDecay:
    case Param::kKeySustain:
    case Param::kKeyRelease:
    case Param::kKeyLoudness:
      update_keys();
      break;
    case Param::kSlot:
    case Param::kDelta:
      update_fade_targets();
      break;
    default:
      break;
  }
}

void Engine::set_operator(Param param, float value) noexcept {
  for (int i = 0; i < kOperators; ++i) {
    OperatorIntervention& op = interventions_.op[static_cast<std::size_t>(i)];
    const auto is = [param, i](Param of_operator_1) { return param == param_of(of_operator_1, i); };
    if (is(Param::kLevel1)) op.level_scale = value;
    if (is(Param::kRatio1)) op.ratio_scale = value;
    if (is(Param::kDetune1)) op.detune_cents = value;
    if (is(Param::kMute1)) op.mute = value >= 0.5F;
    if (is(Param::kSolo1)) op.solo = value >= 0.5F;
    if (is(Param::kCurve1)) op.curve = value;
    if (is(Param::kLfoRate1)) op.lfo_rate_hz = value;
    if (is(Param::kLfoLevel1)) op.lfo_level = value;
    if (is(Param::kLfoPitch1)) op.lfo_pitch_cents = value;
  }
}

void Engine::set_patch(int slot, const FmPatch& patch) noexcept {
  voice_of(slot).slot.set_patch(patch);
}

const FmPatch& Engine::patch(int slot) const noexcept {
  return voice_of(slot).slot.patch();
}

const FmPatch& Engine::model_patch(int slot) const noexcept {
  return voice_of(slot).slot.model_patch();
}

}  // namespace sideband
