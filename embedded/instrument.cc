#include "embedded/instrument.h"

#include <algorithm>
#include <cmath>

#include "core/params.h"

namespace sideband {

Status Instrument::prepare(const Model& model, std::span<std::byte> memory) {
  AnalyzerConfig config;
  config.sample_rate_hz = kAnalysisRateHz;
  Arena none;  // at this rate there is nothing to resample
  if (Status status = analyzer_.prepare(config, none); !status) return status;
  slot_.prepare(memory, kAnalysisRateHz, 1);
  if (Status status = slot_.load(model); !status) return status;
  while (slot_.load_step()) {
  }
  if (!slot_.loaded()) return slot_.load_status();
  output_stage_.prepare(kAnalysisRateHz);
  gate_.set_threshold_db(kParams[static_cast<std::size_t>(Param::kGate)].initial);
  gate_.reset();
  pitch_shaper_.reset();
  next_ = {};
  return {};
}

void Instrument::process(std::span<const float, kHopSamples> in, std::span<float, kHopSamples> out,
                         const InstrumentControls& controls) noexcept {
  std::array<float, kHopSamples> scaled;
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    scaled[i] = std::isfinite(in[i]) ? in[i] * controls.input_gain : 0.0F;
  }
  analyzer_.process(scaled, frame_);
  std::copy(next_.begin(), next_.end(), out.begin());

  PitchShaping shaping;
  shaping.transpose_semitones = controls.transpose_semitones;
  shaping.vibrato_depth = 1;
  const Features shaped = pitch_shaper_.shape(frame_, shaping);
  interventions_.brightness = controls.brightness;
  interventions_.reverb_wet = controls.reverb_wet;
  output_stage_.set_gain_db(controls.output_gain_db);
  slot_.decode(shaped);
  slot_.render(interventions_, gate_.update(frame_.loudness_db), next_);
  output_stage_.process(next_);
}

}  // namespace sideband
