// sideband decode: the network's controls for every frame of a file, by the batched backend.
#include <algorithm>

#include "core/inference/xnnpack_decoder.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/model_file.h"
#include "tools/sideband/progress.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kFramesAtOnce = 1024;

}  // namespace

int run_decode(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {}, .options = {"-o"}});
  const auto& files = arguments.files({"MODEL", "FRAMES.csv"});
  const std::string out_path = arguments.required("-o");

  const ModelFile file(files[0]);
  const DecoderConfig& config = file.model.decoder;
  std::vector<Features> frames;
  for (const FrameRow& row : read_frames(files[1])) frames.push_back(row.features());
  XnnpackDecoder decoder;
  check(files[0], decoder.prepare(config, file.model.tensors(), kFramesAtOnce));
  decoder.reset();

  CsvWriter csv(out_path, control_columns(config));
  Progress progress("decoding");
  std::vector<Controls> controls(std::min(kFramesAtOnce, frames.size()));
  std::vector<double> row;
  for (std::size_t k = 0; k < frames.size(); k += kFramesAtOnce) {
    const std::size_t count = std::min(kFramesAtOnce, frames.size() - k);
    const auto decoded = std::span(controls).first(count);
    check(files[0], decoder.decode(std::span(frames).subspan(k, count), decoded));
    for (const Controls& frame : decoded) {
      controls_to_row(config, frame, row);
      csv.row(row);
    }
    progress.show(k, frames.size());
  }
  csv.finish();
  return 0;
}

}  // namespace sideband::cli
