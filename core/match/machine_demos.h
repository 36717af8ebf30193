// What the optimizer and the controller are shown on: test functions against SGD and Adam, and a
// plant that changes, against a fixed PID. The command line plots these, the tests assert them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/match/control_machine.h"
#include "core/match/optimizer_machine.h"
#include "core/util/rng.h"

namespace sideband::match {

inline constexpr std::size_t kDemoSize = 10;
using DemoVector = std::array<double, kDemoSize>;

enum class DemoFunction { kRound, kNarrow, kRosenbrock, kNoisy, kLogCosh };
inline constexpr std::array<DemoFunction, 5> kDemoFunctions{
    DemoFunction::kRound, DemoFunction::kNarrow, DemoFunction::kRosenbrock, DemoFunction::kNoisy,
    DemoFunction::kLogCosh};
std::string_view name_of(DemoFunction function);

// The loss without noise, ≥ 0, and its gradient.
double demo_loss(DemoFunction function, const DemoVector& x, DemoVector& gradient);
DemoVector demo_start(DemoFunction function);

enum class DemoOptimizer { kAeAr, kSgd, kAdam };

// One optimizer at work; `rate` is unused by AE/AR, which finds its own.
struct OptimizerTrace {
  double final_loss = 0;
  double rate = 0;  // AE/AR's at the end
  double momentum = 0;
  double dither = 0;
};
class OptimizerRun {
 public:
  OptimizerRun(DemoFunction function, DemoOptimizer optimizer, double rate);
  OptimizerTrace step();

 private:
  DemoFunction function_;
  DemoOptimizer optimizer_;
  double rate_;
  DemoVector x_;
  DemoVector mean_{};
  DemoVector square_{};
  int steps_ = 0;
  OptimizerMachine<kDemoSize> machine_;
  Rng noise_{3};
};

// A second-order plant with a dead time; its gain is 1 until half time and then `later_gain`. The
// set point alternates every five seconds.
struct ControlSample {
  double time_s = 0;
  double set_point = 0;
  double sensor = 0;
  double command = 0;
  double proportional = 0;
};
inline constexpr int kControlSteps = 12000;  // two minutes
class ControlRun {
 public:
  ControlRun(bool adaptive, double later_gain);
  ControlSample step();

 private:
  static constexpr std::size_t kDelaySteps = 8;
  double later_gain_;
  int steps_ = 0;
  double position_ = 0;
  double speed_ = 0;
  std::array<double, kDelaySteps> delayed_{};
  ControlMachine machine_;
};

}  // namespace sideband::match
