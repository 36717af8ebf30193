// sideband decode: the network's controls for every frame of a file.
#include <memory>

#include "core/inference/decoder.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/model_file.h"
#include "tools/sideband/progress.h"

namespace sideband::cli {

int run_decode(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {}, .options = {"-o"}});
  const auto& files = arguments.files({"MODEL", "FRAMES.csv"});
  const std::string out_path = arguments.required("-o");

  ModelFile file(files[0]);
  const DecoderConfig& config = file.model.decoder;
  const std::vector<Features> frames = read_frames(files[1]);
  const auto decoder = std::make_unique<Decoder>();
  check(files[0], decoder->prepare(config, file.model.tensors(), file.memory.arena()));
  while (decoder->load_step()) {
  }
  decoder->reset();

  CsvWriter csv(out_path, control_columns(config));
  Progress progress("decoding");
  Controls controls;
  std::vector<double> row;
  for (std::size_t k = 0; k < frames.size(); ++k) {
    decoder->decode(frames[k], controls);
    controls_to_row(config, controls, row);
    csv.row(row);
    progress.show(k, frames.size());
  }
  csv.finish();
  return 0;
}

}  // namespace sideband::cli
