// The update laws of sound matching over one flat vector of coefficients:
//
//   gradient   Adam on the exact gradient
//   policy     the gradient of the expected loss of a Gaussian around the coefficients, from pairs
//   of
//              trials ±σε and their losses alone (REINFORCE with antithetic samples and a baseline)
//   AE/AR      a·exp(η u): every coefficient here is the logarithm of what it stands for (levels in
//              doublings, rates, ratios), so the multiplicative law is a step in its sign's
//              direction, whose size grows while the drive keeps its direction and shrinks when it
//              turns
//   hybrid     AE/AR step sizes on Adam's direction, with a policy trial whenever progress stalls
//
// `scale` is the size of a step per coefficient at rate 1; 0 keeps it as it is.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/match/fm_model.h"
#include "core/util/rng.h"

namespace sideband::match {

enum class UpdateLaw : std::uint8_t { kGradient, kPolicy, kAeAr, kHybrid };

using Coefficients = Parameters<float>;
using Vector = std::array<float, Coefficients::kCount>;

class LawState {
 public:
  void reset() noexcept {
    mean_ = {};
    square_ = {};
    step_size_.fill(1);
    steps_ = 0;
  }

  // Adam's direction for a gradient, about ±1 per coefficient.
  void adam(const Vector& gradient, Vector& direction) noexcept {
    constexpr float kMean = 0.9F;
    constexpr float kSquare = 0.99F;
    ++steps_;
    const float mean_bias = 1 - std::pow(kMean, static_cast<float>(steps_));
    const float square_bias = 1 - std::pow(kSquare, static_cast<float>(steps_));
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const float g = std::isfinite(gradient[i]) ? gradient[i] : 0.0F;
      mean_[i] = kMean * mean_[i] + (1 - kMean) * g;
      square_[i] = kSquare * square_[i] + (1 - kSquare) * g * g;
      direction[i] = -mean_[i] / mean_bias / (std::sqrt(square_[i] / square_bias) + 1e-8F);
    }
  }

  // Signs of the gradient, each with a step size of its own.
  void ae_ar(const Vector& gradient, Vector& direction) noexcept {
    ++steps_;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const float g = std::isfinite(gradient[i]) ? gradient[i] : 0.0F;
      const float agreement = g * mean_[i];
      if (agreement > 0) step_size_[i] = std::fmin(step_size_[i] * 1.2F, 4.0F);
      if (agreement < 0) step_size_[i] = std::fmax(step_size_[i] * 0.5F, 1e-3F);
      mean_[i] = agreement < 0 ? 0 : g;
      direction[i] = g > 0 ? -step_size_[i] : (g < 0 ? step_size_[i] : 0);
    }
  }

  void hybrid(const Vector& gradient, Vector& direction) noexcept {
    Vector signs{};
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const float agreement = gradient[i] * mean_[i];
      if (agreement > 0) step_size_[i] = std::fmin(step_size_[i] * 1.05F, 2.0F);
      if (agreement < 0) step_size_[i] = std::fmax(step_size_[i] * 0.85F, 0.05F);
    }
    adam(gradient, signs);
    for (std::size_t i = 0; i < gradient.size(); ++i) direction[i] = signs[i] * step_size_[i];
  }

 private:
  Vector mean_{};
  Vector square_{};
  Vector step_size_ = [] {
    Vector ones{};
    ones.fill(1);
    return ones;
  }();
  int steps_ = 0;
};

inline float gaussian(Rng& rng) noexcept {
  float sum = 0;  // of six uniforms: variance 2
  for (int i = 0; i < 6; ++i) sum += rng.uniform();
  return sum * 0.70710678F;
}

}  // namespace sideband::match
