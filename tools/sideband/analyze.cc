// sideband analyze: what the analyzer hears in a file, as the live instrument would hear it.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/analyzer/analyzer.h"
#include "core/analyzer/pitch_range.h"
#include "core/util/timebase.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/fault.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/progress.h"

namespace sideband::cli {

int run_analyze(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {}, .options = {"-o", "--range"}});
  const std::string& path = arguments.files({"IN.wav"})[0];
  const std::string out_path = arguments.required("-o");

  const PitchRange& range = kPitchRanges[pitch_range(arguments)];
  const Audio audio = in_engine_range(read_audio(path));
  Memory memory;
  const auto analyzer = std::make_unique<Analyzer>();
  check(path, analyzer->prepare({.sample_rate_hz = audio.rate_hz,
                                 .min_f0_hz = range.low_hz,
                                 .max_f0_hz = range.high_hz},
                                memory.arena()));
  analyzer->reset();

  CsvWriter csv(out_path, frame_columns());
  Progress progress("analyzing");
  Features frame;
  long frames = 0;
  std::span<const float> rest = audio.samples;
  while (!rest.empty()) {
    const auto wanted = static_cast<std::size_t>(analyzer->samples_until_frame());
    const auto now = rest.first(std::min(wanted, rest.size()));
    rest = rest.subspan(now.size());
    if (!analyzer->process(now, frame)) continue;
    ++frames;
    csv.row(std::array<double, 4>{static_cast<double>(frames) / kFrameRateHz, frame.f0_hz,
                                  frame.confidence, frame.loudness_db});
    progress.show(audio.samples.size() - rest.size(), audio.samples.size());
  }
  csv.finish();
  return 0;
}

}  // namespace sideband::cli
