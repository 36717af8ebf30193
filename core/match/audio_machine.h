// Sound matching as a machine: X the target, C the parameters of a patch, A spectra and envelope of
// what it sounds like against the target, S six-operator FM, F an update law, H the safety law.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/match/fm_model.h"
#include "core/match/machine.h"
#include "core/match/match_loss.h"
#include "core/match/update_laws.h"
#include "core/util/arena.h"

namespace sideband::match {

class AudioParts {
 public:
  using Signal = LossWeights;  // the target lies in the loss; the weights may change as it goes
  using Coefficients = match::Coefficients;
  struct Output {
    std::span<const float> sound;
    Coefficients parameters;
  };
  struct Features {
    double loss = 0;
    Vector gradient{};
  };

  UpdateLaw law = UpdateLaw::kGradient;
  float rate = 1;
  bool pitch_too = false;
  Vector scale{};  // step per coefficient; 0: fixed
  LossParts last;

  bool prepare(const ModelConfig& model, const LossConfig& loss, Arena& arena);
  void set_target(std::span<const Excerpt> excerpts, double hold_s,
                  std::span<const float> target) noexcept;
  void start(std::uint32_t seed) noexcept {
    state_.reset();
    random_.reseed(seed);
  }

  Features analyze(const Signal& weights, const Output& output) noexcept;
  Vector drive(const Features& features, const Coefficients& coefficients) noexcept;
  void update(Coefficients& coefficients, const Vector& drive) const noexcept;
  static void keep_safe(const Coefficients& before, Coefficients& coefficients) noexcept;
  Output synthesize(const Coefficients& coefficients) noexcept;

  LossParts loss_of(const Coefficients& coefficients, const LossWeights& weights) noexcept;

 private:
  FmModel<float> model_;
  FloatLoss loss_;
  std::span<float> sound_;
  std::span<float> d_sound_;
  std::span<float> target_;
  LossWeights weights_;
  LawState state_;
  Rng random_;
  double stalled_loss_ = 1e30;
  int stalled_ = 0;
};

using AudioMachine = Machine<AudioParts>;

}  // namespace sideband::match
