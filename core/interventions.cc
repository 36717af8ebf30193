#include "core/interventions.h"

#include <algorithm>
#include <cmath>

namespace sideband {
namespace {

// A level may be scaled past i_max by the player, but never without bound.
constexpr float kMaxLevelScale = 16.0F;
constexpr float kMaxMagnitude = 8.0F;

float finite_within(float value, float max) {
  return std::isfinite(value) ? std::clamp(value, 0.0F, max) : 0.0F;
}

}  // namespace

Controls Interventions::apply(const Controls& model, const FmPatch& patch,
                              float gate) const noexcept {
  Controls sounding = model;
  if (!std::isfinite(sounding.f0_hz)) sounding.f0_hz = 440.0F;
  for (std::size_t i = 0; i < sounding.level.size(); ++i) {
    const bool heard = patch.carrier[i] > 0;
    const float scale = level_scale[i] * (heard ? gate : brightness);
    sounding.level[i] = finite_within(model.level[i] * scale, kMaxLevelScale * patch.i_max);
  }
  sounding.amplitude = finite_within(model.amplitude * gate, kMaxMagnitude);
  for (float& harmonic : sounding.harmonic) harmonic = finite_within(harmonic, 1.0F);
  for (float& band : sounding.noise_band) {
    band = finite_within(band * noise_scale * gate, kMaxMagnitude);
  }
  return sounding;
}

SynthSettings Interventions::settings(const FmPatch& patch) const noexcept {
  SynthSettings settings;
  settings.patch = patch;
  for (std::size_t i = 0; i < patch.ratio.size(); ++i) {
    settings.patch.ratio[i] = patch.ratio[i] * ratio_scale[i];
  }
  settings.reverb_wet = reverb_wet;
  settings.reverb_decay = reverb_decay;
  return settings;
}

}  // namespace sideband
