// A controller as a machine: X the error of a plant, C the gains of a PID, A filters on the error
// and how much it swings, S the command, H bounded gains and anti-windup.
//
// Law, multiplicative on all gains alike: while the error swings about zero the gains shrink, while
// it stays on one side they grow; both at a rate η. The command is limited; while it is at its
// limit the integral does not grow further.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "core/match/machine.h"

namespace sideband::match {

class ControlParts {
 public:
  struct Signal {
    double error = 0;  // set point − sensor
  };
  struct Coefficients {
    double proportional = 1;
    double integral = 0.5;    // per second
    double derivative = 0.1;  // seconds
  };
  struct Output {
    double command = 0;
    bool limited = false;
  };
  struct Features {
    double swing = 0;  // 0 one-sided … 1 swinging, over the last second or so
    double size = 0;   // mean |error|
  };
  using Drive = double;

  double step_s = 0.01;
  double gain = 0.6;      // η, per second; 0: a fixed PID
  double limit = 4;       // of the command
  double settled = 0.02;  // errors below this teach nothing
  Coefficients lowest{0.02, 0.01, 0.0005};
  Coefficients highest{20, 20, 2};

  Features analyze(const Signal& signal, const Output&) noexcept {
    const double error = std::isfinite(signal.error) ? signal.error : 0;
    const double slope = (error - error_) / step_s;
    slope_ += 0.25 * (slope - slope_);
    error_ = error;
    const double forget = step_s / 1.0;
    size_ += forget * (std::abs(error) - size_);
    signed_ += forget * (error - signed_);
    slope_size_ += forget * (std::abs(slope_) - slope_size_);
    Features f;
    f.size = size_;
    f.swing = size_ > 0 ? 1 - std::min(1.0, std::abs(signed_) / size_) : 0;
    return f;
  }

  Drive drive(const Features& f, const Coefficients&) const noexcept {
    if (f.size < settled) return 0;
    return f.swing > 0.6 ? -4 * (f.swing - 0.6) / 0.4 : 0.5 * (0.6 - f.swing) / 0.6;
  }

  void update(Coefficients& c, Drive u) noexcept {
    const double factor = std::exp(gain * step_s * u);
    c.proportional *= factor;
    c.integral *= factor;
    c.derivative *= factor;
    // A gain that changes must not make the command jump: the integral keeps its contribution.
    if (factor > 0) integral_ /= factor;
  }

  void keep_safe(const Coefficients&, Coefficients& c) const noexcept {
    c.proportional = std::clamp(c.proportional, lowest.proportional, highest.proportional);
    c.integral = std::clamp(c.integral, lowest.integral, highest.integral);
    c.derivative = std::clamp(c.derivative, lowest.derivative, highest.derivative);
  }

  Output synthesize(const Coefficients& c) noexcept {
    const double without = c.proportional * error_ + c.derivative * slope_;
    const double wanted = without + c.integral * (integral_ + error_ * step_s);
    Output out;
    out.command = std::clamp(wanted, -limit, limit);
    out.limited = out.command != wanted;
    const bool winds_up = out.limited && wanted * error_ > 0;
    if (!winds_up) integral_ += error_ * step_s;
    return out;
  }

 private:
  double error_ = 0;
  double slope_ = 0;
  double size_ = 0;
  double signed_ = 0;
  double slope_size_ = 0;
  double integral_ = 0;
};

using ControlMachine = Machine<ControlParts>;

}  // namespace sideband::match
