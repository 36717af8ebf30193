// The loss of sound matching on float audio: spectra and envelope through KissFFT, log-mel spectra
// frame beside frame.
#pragma once

#include "core/match/mel_loss.h"
#include "core/match/spectral_loss.h"

namespace sideband::match {

class FloatLoss {
 public:
  bool prepare(const LossConfig& config, Arena& arena) {
    return spectra_.prepare(config, arena) &&
           mel_.prepare(config.max_samples, config.mel_hop, arena);
  }

  void set_target(std::span<const float> target, int spacing = 0) noexcept {
    spectra_.set_target(target, spacing);
    mel_.set_target(target, spacing);
  }

  LossParts evaluate(std::span<const float> sound, const LossWeights& weights,
                     std::span<float> d_sound) noexcept {
    LossWeights others = weights;
    others.mel = 0;
    LossParts parts = spectra_.evaluate(sound, others, d_sound);
    if (weights.mel > 0) {
      parts.mel_db = mel_.evaluate(sound, weights.mel_floor, weights.mel, d_sound);
      parts.total += weights.mel * parts.mel_db;
    }
    return parts;
  }

 private:
  SpectralLoss<float, FloatTransform> spectra_;
  MelLoss mel_;
};

}  // namespace sideband::match
