#include "core/engine.h"

#include <algorithm>
#include <cmath>

#include "core/analyzer/pitch_range.h"
#include "core/util/level.h"

namespace sideband {
namespace {

constexpr float kNothingDb = -200;  // below any gate

}  // namespace

std::size_t Engine::required_bytes(const EngineConfig& config) {
  const auto hop = static_cast<std::size_t>(HopClock(config.sample_rate_hz).max_hop_samples());
  return Listener::kMemoryBytes + Voices::kVoices * (config.slot_bytes + Arena::kAlignment) +
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
  if (Status status = listener_.prepare(sample_rate_hz_, hop, arena); !status) return status;
  voices_.prepare(config.slot_bytes, sample_rate_hz_, config.noise_seed, hop, arena);
  output_stage_.prepare(sample_rate_hz_);
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
  listener_.reset();
  gate_.reset();
  voices_.reset();
  output_stage_.reset();
  howl_guard_.reset();
  howl_gain_ = 1;
  frame_count_ = 0;
  traces_ = {};
}

void Engine::process(std::span<const float> in, std::span<float> out) noexcept {
  while (!in.empty()) {
    const std::size_t count =
        std::min(in.size(), static_cast<std::size_t>(hop_samples_ - hop_position_));
    listener_.listen(in.first(count), hop_position_, hop_samples_);
    const auto ready = hop_out_.subspan(static_cast<std::size_t>(hop_position_), count);
    std::copy(ready.begin(), ready.end(), out.begin());
    in = in.subspan(count);
    out = out.subspan(count);
    const int middle = hop_samples_ / 2;
    const bool was_before_middle = hop_position_ < middle;
    hop_position_ += static_cast<int>(count);
    if (was_before_middle && hop_position_ >= middle) voices_.load_step();
    if (hop_position_ == hop_samples_) run_hop();
  }
}

void Engine::run_hop() noexcept {
  Features shaped = listener_.next(hop_samples_, calibration_target());
  howl_guard_.update(listener_.played(), shaped);
  hop_samples_ = clock_.next_hop_samples();
  hop_position_ = 0;
  const auto out = hop_out_.first(static_cast<std::size_t>(hop_samples_));

  gate_.set_threshold_db(listener_.gate_db());
  const float loudness_db = listener_.ignoring() ? kNothingDb : listener_.played().loudness_db;
  const float gate = gate_.update(loudness_db);
  voices_.render(shaped, interventions_, gate, out);
  output_stage_.process(out);
  guard(out);
  write_trace(shaped, out);
}

void Engine::guard(std::span<float> out) noexcept {
  const float gain = howl_guard_.gain();
  if (gain == 1 && howl_gain_ == 1) return;
  const float slope = (gain - howl_gain_) / static_cast<float>(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] *= howl_gain_ + slope * static_cast<float>(i + 1);
  }
  howl_gain_ = gain;
}

void Engine::write_trace(const Features& shaped, std::span<const float> out) noexcept {
  FrameTrace& trace = traces_[static_cast<std::size_t>(frame_count_ % kTraceFrames)];
  ++frame_count_;
  trace = {};
  trace.played = listener_.played();
  trace.features = shaped;
  trace.input_peak = listener_.input_peak();
  trace.output_peak = peak_of(out);
  const Calibration& fit = calibration();
  trace.loudness_shift_db =
      (fit.loudness_scale() - 1) * trace.played.loudness_db + fit.loudness_offset_db();
  trace.octave_shift = static_cast<float>(fit.octave_shift());
  trace.gate_db = listener_.gate_db();
  trace.talk = listener_.talking();
  const Slot& heard = voices_.heard();
  if (!heard.loaded()) return;
  trace.level = heard.sounding_controls().level;
  trace.model_level = heard.model_controls().level;
  float sum = 0;
  for (const float band : heard.sounding_controls().noise_band) sum += band;
  trace.noise_level = sum / kNoiseBands;
}

// What the heard model was trained on: its loudness, where its file says so, and the pitches of its
// instrument, where its name says which.
CalibrationTarget Engine::calibration_target() const noexcept {
  CalibrationTarget target;
  const Slot& heard = voices_.heard();
  if (!heard.loaded()) return target;
  if (heard.loud_db() > heard.quiet_db()) {
    target.quiet_db = heard.quiet_db();
    target.loud_db = heard.loud_db();
  }
  const int index = find_pitch_range(heard.instrument());
  if (index <= 0) return target;
  const PitchRange& range = kPitchRanges[static_cast<std::size_t>(index)];
  target.low_hz = range.low_hz;
  target.high_hz = range.high_hz;
  return target;
}

int Engine::latency_samples() const noexcept {
  return sample_rate_hz_ / kFrameRateHz + listener_.latency_samples();
}

Status Engine::load(int slot, std::span<const std::byte> file) noexcept {
  return voices_.load(slot, file);
}

void Engine::set(Param param, float value) noexcept {
  const auto index = static_cast<std::size_t>(param);
  const ParamInfo& info = kParams[index];
  if (!std::isfinite(value)) return;
  value = std::clamp(value, info.min, info.max);
  params_[index] = value;
  listener_.set(param, value);
  set_intervention(interventions_, param, value);
  if (param == Param::kSlot) voices_.hear(value >= 0.5F ? 1 : 0);
  if (param == Param::kDelta) voices_.set_delta(value >= 0.5F);
  if (param == Param::kOutputGain) output_stage_.set_gain_db(value);
}

}  // namespace sideband
