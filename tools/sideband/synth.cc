// sideband synth: controls to audio, row k being hop k, without gate and output stage.
#include <algorithm>
#include <memory>

#include "core/synth/synth.h"
#include "core/util/timebase.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/model_file.h"
#include "tools/sideband/progress.h"

namespace sideband::cli {

int run_synth(const std::vector<std::string>& words) {
  const Arguments arguments(words,
                            {.switches = {"--dry", "--no-noise"}, .options = {"-o", "--rate"}});
  const auto& files = arguments.files({"MODEL", "FRAMES.csv", "CONTROLS.csv"});
  const std::string out_path = arguments.required("-o");
  const int rate_hz = arguments.integer("--rate", kMinRateHz, kMaxRateHz).value_or(kAnalysisRateHz);
  if (files[1] == "-" && files[2] == "-") {
    throw UsageError("only one of the two CSV files can be the standard input");
  }

  ModelFile file(files[0]);
  const std::vector<FrameRow> frames = read_frames(files[1]);
  const auto rows = read_csv(files[2], control_columns(file.model.decoder));
  if (rows.size() != frames.size()) {
    throw Fault(files[2], "has " + std::to_string(rows.size()) + " rows, but " + files[1] +
                              " has " + std::to_string(frames.size()));
  }

  SynthConfig config = file.model.synth;
  config.output_rate_hz = rate_hz;
  if (arguments.has("--dry")) config.reverb_impulse = {};
  const auto synth = std::make_unique<Synth>();
  check(files[0], synth->prepare(config, file.memory.arena()));
  while (synth->load_step()) {
  }
  synth->reset();

  SynthSettings settings;
  settings.patch = config.patch;
  if (arguments.has("--no-noise")) settings.noise_gain = 0;
  HopClock clock(rate_hz);
  std::vector<float> out;
  out.reserve(frames.size() * static_cast<std::size_t>(clock.max_hop_samples()));
  Progress progress("synthesizing");
  Controls controls;
  for (std::size_t k = 0; k < frames.size(); ++k) {
    controls.f0_hz = frames[k].f0_hz;
    row_to_controls(file.model.decoder, rows[k], controls);
    const std::size_t begin = out.size();
    out.resize(begin + static_cast<std::size_t>(clock.next_hop_samples()));
    synth->render(controls, settings, std::span(out).subspan(begin));
    progress.show(k, frames.size());
  }
  write_wav(out_path, rate_hz, out);
  return 0;
}

}  // namespace sideband::cli
