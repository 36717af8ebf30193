#include "core/match/machine_demos.h"

#include <cmath>

namespace sideband::match {
namespace {

constexpr double kStepS = 0.01;

}  // namespace

std::string_view name_of(DemoFunction function) {
  switch (function) {
    case DemoFunction::kRound:
      return "round bowl";
    case DemoFunction::kNarrow:
      return "narrow valley";
    case DemoFunction::kRosenbrock:
      return "Rosenbrock";
    case DemoFunction::kNoisy:
      return "noisy bowl";
    default:
      return "log cosh";
  }
}

DemoVector demo_start(DemoFunction function) {
  DemoVector x{};
  for (std::size_t i = 0; i < kDemoSize; ++i) x[i] = i % 2 == 0 ? 3 : -2;
  if (function == DemoFunction::kRosenbrock) {
    for (std::size_t i = 0; i < kDemoSize; ++i) x[i] = i % 2 == 0 ? -1.2 : 1;
  }
  return x;
}

double demo_loss(DemoFunction function, const DemoVector& x, DemoVector& gradient) {
  double loss = 0;
  gradient = {};
  for (std::size_t i = 0; i < kDemoSize; ++i) {
    switch (function) {
      case DemoFunction::kRound:
      case DemoFunction::kNoisy:
        loss += 0.5 * x[i] * x[i];
        gradient[i] = x[i];
        break;
      case DemoFunction::kNarrow: {  // curvatures from 1 to 1000
        const double curvature = std::pow(1000.0, static_cast<double>(i) / (kDemoSize - 1));
        loss += 0.5 * curvature * x[i] * x[i];
        gradient[i] = curvature * x[i];
        break;
      }
      case DemoFunction::kRosenbrock: {  // five pairs
        if (i % 2 == 1) break;
        const double valley = x[i + 1] - x[i] * x[i];
        loss += 100 * valley * valley + (1 - x[i]) * (1 - x[i]);
        gradient[i] = -400 * x[i] * valley - 2 * (1 - x[i]);
        gradient[i + 1] = 200 * valley;
        break;
      }
      case DemoFunction::kLogCosh: {  // straight far away, round near; scales from 1 to 100
        const double scale = std::pow(100.0, static_cast<double>(i) / (kDemoSize - 1));
        loss +=
            scale * (std::abs(x[i]) + std::log1p(std::exp(-2 * std::abs(x[i]))) - std::log(2.0));
        gradient[i] = scale * std::tanh(x[i]);
        break;
      }
    }
  }
  return loss;
}

OptimizerRun::OptimizerRun(DemoFunction function, DemoOptimizer optimizer, double rate)
    : function_(function), optimizer_(optimizer), rate_(rate), x_(demo_start(function)) {}

OptimizerTrace OptimizerRun::step() {
  DemoVector gradient{};
  double loss = demo_loss(function_, x_, gradient);
  if (function_ == DemoFunction::kNoisy) {
    for (double& g : gradient) g += 0.5 * noise_.uniform();
  }
  ++steps_;
  if (optimizer_ == DemoOptimizer::kAeAr) {
    machine_.step({loss, gradient});
    for (std::size_t i = 0; i < kDemoSize; ++i) x_[i] += machine_.output[i];
  } else {
    for (std::size_t i = 0; i < kDemoSize; ++i) {
      mean_[i] = 0.9 * mean_[i] + 0.1 * gradient[i];
      square_[i] = 0.999 * square_[i] + 0.001 * gradient[i] * gradient[i];
      const double mean = mean_[i] / (1 - std::pow(0.9, steps_));
      const double square = square_[i] / (1 - std::pow(0.999, steps_));
      const bool adam = optimizer_ == DemoOptimizer::kAdam;
      x_[i] -= rate_ * (adam ? mean / (std::sqrt(square) + 1e-8) : gradient[i]);
    }
  }
  DemoVector unused{};
  loss = demo_loss(function_, x_, unused);
  const auto& c = machine_.coefficients;
  return {loss, c.rate, c.momentum, c.dither};
}

ControlRun::ControlRun(bool adaptive, double later_gain) : later_gain_(later_gain) {
  machine_.parts.step_s = kStepS;
  if (!adaptive) machine_.parts.gain = 0;
  machine_.coefficients = {2.0, 1.5, 0.5};
}

ControlSample ControlRun::step() {
  ControlSample sample;
  sample.time_s = steps_ * kStepS;
  sample.set_point = static_cast<int>(sample.time_s / 5) % 2 == 0 ? 1 : -0.5;
  const double plant_gain = steps_ < kControlSteps / 2 ? 1 : later_gain_;
  sample.sensor = position_;
  machine_.step({sample.set_point - position_});
  sample.command = machine_.output.command;
  sample.proportional = machine_.coefficients.proportional;
  const std::size_t slot = static_cast<std::size_t>(steps_) % kDelaySteps;
  const double arriving = delayed_[slot];
  delayed_[slot] = sample.command;
  // x'' = 4·(gain·u − x) − 3.2·x': a damped spring of 2 rad/s.
  speed_ += kStepS * (4 * (plant_gain * arriving - position_) - 3.2 * speed_);
  position_ += kStepS * speed_;
  ++steps_;
  return sample;
}

}  // namespace sideband::match
