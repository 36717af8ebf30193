#include "core/synth/synth.h"

#include "core/util/timebase.h"

namespace sideband {

Status Synth::prepare(const SynthConfig& config, Arena& arena) {
  config_ = config;
  if (config.output_rate_hz < 8000 || config.output_rate_hz > 192000) {
    return Status::error("the synth plays at 8000 to 192000 Hz, not at ", config.output_rate_hz,
                         " Hz");
  }
  if (has_noise() && config.noise_bands != kNoiseBands) {
    return Status::error("the noise branch has ", kNoiseBands, " bands, not ", config.noise_bands);
  }
  if (config.type == SynthType::kHarmonicNoise) {
    if (config.harmonics < 1 || config.harmonics > kHarmonics) {
      return Status::error("the harmonic synth has 1 to ", kHarmonics, " harmonics, not ",
                           config.harmonics);
    }
    harmonics_.prepare(config.output_rate_hz, config.harmonics);
  } else {
    fm_.prepare(config.output_rate_hz);
  }
  if (has_noise()) {
    Status status = noise_.prepare(config.output_rate_hz, config.noise_seed, arena);
    if (!status) return status;
  }
  return reverb_.prepare(config.reverb_impulse, config.output_rate_hz, arena);
}

bool Synth::load_step() noexcept {
  return (has_noise() && noise_.load_step()) || reverb_.load_step();
}

void Synth::reset() noexcept {
  fm_.reset();
  harmonics_.reset();
  if (has_noise()) noise_.reset();
  reverb_.reset();
}

void Synth::render(const Controls& frame, const SynthSettings& settings,
                   std::span<float> out) noexcept {
  if (config_.type == SynthType::kHarmonicNoise) {
    harmonics_.render(frame, out);
  } else {
    fm_.render(frame, settings.patch, out);
  }
  if (has_noise()) noise_.render(frame, settings.noise_gain, out);
  reverb_.process(out, settings.reverb_wet, settings.reverb_decay);
}

}  // namespace sideband
