// Any text as a file of frames: a fault that names the line, or numbers that are numbers.
#include "tests/fuzz/file_input.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/fault.h"

using namespace sideband;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::FileInput file(data, size);
  try {
    for (const cli::FrameRow& row : cli::read_frames(file.path())) {
      fuzz::expect(std::isfinite(row.f0_hz) && row.f0_hz > 0, "a pitch is a positive number");
      fuzz::expect(!std::isnan(row.confidence), "a confidence is a number");
      fuzz::expect(!std::isnan(row.loudness_db), "a loudness is a number");
    }
  } catch (const cli::Fault& fault) {
    fuzz::expect_sentence(fault.what());
  }
  return 0;
}
