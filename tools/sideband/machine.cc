// sideband machine: traces of the optimizer and the controller beside their rivals.
#include <string>

#include "core/match/machine_demos.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/fault.h"

namespace sideband::cli {
namespace {

using namespace match;  // NOLINT: this file is about nothing else

// SGD and Adam at the rate of a grid that serves the five functions best together.
constexpr double kSgdRate = 3.16e-3;
constexpr double kAdamRate = 3.16e-2;
constexpr double kUsualAdamRate = 1e-3;

void optimizer(CsvWriter& csv) {
  constexpr int kSteps = 3000;
  for (std::size_t f = 0; f < kDemoFunctions.size(); ++f) {
    const DemoFunction function = kDemoFunctions[f];
    OptimizerRun ours(function, DemoOptimizer::kAeAr, 0);
    OptimizerRun sgd(function, DemoOptimizer::kSgd, kSgdRate);
    OptimizerRun adam(function, DemoOptimizer::kAdam, kAdamRate);
    OptimizerRun usual(function, DemoOptimizer::kAdam, kUsualAdamRate);
    for (int i = 0; i < kSteps; ++i) {
      const OptimizerTrace trace = ours.step();
      csv.row(std::array<double, 9>{static_cast<double>(f), static_cast<double>(i),
                                    trace.final_loss, sgd.step().final_loss, adam.step().final_loss,
                                    usual.step().final_loss, trace.rate, trace.momentum,
                                    trace.dither});
    }
  }
}

void control(CsvWriter& csv) {
  for (const double gain : {1.0, 8.0, 0.4}) {
    ControlRun adaptive(true, gain);
    ControlRun fixed(false, gain);
    for (int i = 0; i < kControlSteps; ++i) {
      const ControlSample a = adaptive.step();
      const ControlSample b = fixed.step();
      csv.row(std::array<double, 8>{gain, a.time_s, a.set_point, a.sensor, b.sensor, a.command,
                                    b.command, a.proportional});
    }
  }
}

}  // namespace

int run_machine(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {}, .options = {"-o"}});
  const std::string which = arguments.files({"optimizer|control"})[0];
  const std::string path = arguments.required("-o");
  if (which == "optimizer") {
    CsvWriter csv(path, {"function", "step", "ae_ar", "sgd", "adam", "adam_1e-3", "rate",
                         "momentum", "dither"});
    optimizer(csv);
    csv.finish();
  } else if (which == "control") {
    CsvWriter csv(path, {"later_gain", "time_s", "set_point", "adaptive", "fixed", "command",
                         "fixed_command", "proportional"});
    control(csv);
    csv.finish();
  } else {
    throw UsageError("there is a machine 'optimizer' and one 'control', not '" + which + "'");
  }
  return 0;
}

}  // namespace sideband::cli
