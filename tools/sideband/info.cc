// sideband info: the figures of a model, or of the engine.
#include <cstdio>
#include <memory>

#include "core/analyzer/analyzer.h"
#include "core/util/timebase.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/memory.h"

namespace sideband::cli {
namespace {

void print_engine() {
  Memory memory;
  const auto analyzer = std::make_unique<Analyzer>();
  check("analyzer", analyzer->prepare({.sample_rate_hz = kAnalysisRateHz}, memory.arena()));
  const int latency_samples = analyzer->latency_samples();
  std::printf("analysis_rate_hz   %d\n", kAnalysisRateHz);
  std::printf("hop_samples        %d (%d frames per second)\n", kHopSamples, kFrameRateHz);
  std::printf("f0_hz              %g to %g\n", static_cast<double>(kMinF0Hz),
              static_cast<double>(kMaxF0Hz));
  std::printf("analyzer_latency   %d samples at %d Hz, %.2f ms\n", latency_samples, kAnalysisRateHz,
              1000.0 * latency_samples / kAnalysisRateHz);
  std::printf("analyzer_bytes     %zu\n", memory.arena().used_bytes());
}

}  // namespace

int run_info(const std::vector<std::string>& words) {
  const Arguments arguments(words, {});
  if (arguments.files().empty()) {
    print_engine();
    return 0;
  }
  throw Fault(arguments.files({"MODEL"})[0], "models are not read yet");
}

}  // namespace sideband::cli
