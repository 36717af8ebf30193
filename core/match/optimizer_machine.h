// An optimizer as a machine (AE/AR): X the stream of losses and gradients, C the learning rate α,
// the momentum μ and the dither σ, A averages of loss, gradient norm, direction and variance, S the
// step.
//
// Law, multiplicative: α ← α·exp(η·u). u is the cosine between the new gradient and the averaged
// ones: steps lengthen while gradients agree and shorten when they turn. Momentum rises with
// agreement over time, and dither with a loss that no longer falls although its gradients are
// small: a way out of shallow holes. A loss above its recent variance pulls α down at once.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "core/match/machine.h"
#include "core/util/rng.h"

namespace sideband::match {

template <std::size_t kSize>
class OptimizerParts {
 public:
  using Vector = std::array<double, kSize>;
  struct Signal {
    double loss = 0;
    Vector gradient{};
  };
  struct Coefficients {
    double rate = 1e-2;     // α: length of a step of average gradient
    double momentum = 0.5;  // μ
    double dither = 0;      // σ: noise added to a step, of its length
  };
  using Output = Vector;  // what to add to the parameters
  struct Features {
    double agreement = 0;  // −1…1: the new gradient and the averaged direction
    double excess = 0;     // loss above its average, in standard deviations
    double progress = 0;   // relative fall of the averaged loss per step
  };
  struct Drive {
    double rate = 0;
    double momentum = 0;
    double dither = 0;
  };

  double gain = 0.12;  // η
  double min_rate = 1e-7;
  double max_rate = 1;

  Features analyze(const Signal& signal, const Output&) noexcept {
    Features f;
    sane_ = std::isfinite(signal.loss);
    for (const double g : signal.gradient) sane_ = sane_ && std::isfinite(g);
    if (!sane_) return f;
    gradient_ = signal.gradient;
    const double norm = length(gradient_);
    const double mean_length = length(direction_);
    if (mean_length > 0 && norm > 0) {
      double dot = 0;
      for (std::size_t i = 0; i < kSize; ++i) dot += gradient_[i] * direction_[i];
      f.agreement = dot / (norm * mean_length);
    }
    norm_ = steps_ == 0 ? norm : 0.95 * norm_ + 0.05 * norm;
    for (std::size_t i = 0; i < kSize; ++i) {
      direction_[i] = 0.7 * direction_[i] + 0.3 * gradient_[i];
    }
    if (steps_ == 0) loss_ = signal.loss;
    const double off = signal.loss - loss_;
    f.excess = variance_ > 0 ? off / std::sqrt(variance_) : 0;
    f.progress = -off / (std::abs(loss_) + 1e-12);
    loss_ += 0.1 * off;
    variance_ = 0.95 * variance_ + 0.05 * off * off;
    ++steps_;
    return f;
  }

  Drive drive(const Features& f, const Coefficients& c) const noexcept {
    if (!sane_) return {-8, -1, 0};
    Drive u;
    u.rate = f.agreement - (f.excess > 3 ? 4 : 0);
    u.momentum = 0.9 * std::clamp(0.5 + 0.5 * f.agreement, 0.0, 1.0) - c.momentum;
    u.dither = std::abs(f.progress) < 1e-4 ? 0.05 : -c.dither;
    return u;
  }

  void update(Coefficients& c, const Drive& u) const noexcept {
    c.rate *= std::exp(gain * u.rate);
    c.momentum += 0.05 * u.momentum;
    c.dither += 0.1 * u.dither;
  }

  void keep_safe(const Coefficients&, Coefficients& c) const noexcept {
    c.rate = std::clamp(std::isfinite(c.rate) ? c.rate : min_rate, min_rate, max_rate);
    c.momentum = std::clamp(c.momentum, 0.0, 0.95);
    c.dither = std::clamp(c.dither, 0.0, 0.1);
  }

  Output synthesize(const Coefficients& c) noexcept {
    if (!sane_) {
      velocity_ = {};
      return {};
    }
    Output step{};
    const double scale = c.rate / (norm_ + 1e-300);
    for (std::size_t i = 0; i < kSize; ++i) {
      velocity_[i] = c.momentum * velocity_[i] - (1 - c.momentum) * scale * gradient_[i];
      step[i] = velocity_[i];
    }
    // The energy budget: no step longer than twice α however fast the gradient grew.
    const double size = length(step);
    const double shrink = size > 2 * c.rate ? 2 * c.rate / size : 1;
    for (double& x : step) x = x * shrink + c.dither * c.rate * random_.uniform();
    return step;
  }

 private:
  static double length(const Vector& v) noexcept {
    double sum = 0;
    for (const double x : v) sum += x * x;
    return std::sqrt(sum);
  }

  Vector gradient_{};
  Vector direction_{};
  Vector velocity_{};
  double norm_ = 0;
  double loss_ = 0;
  double variance_ = 0;
  long steps_ = 0;
  bool sane_ = true;
  Rng random_{17};
};

template <std::size_t kSize>
using OptimizerMachine = Machine<OptimizerParts<kSize>>;

}  // namespace sideband::match
