// Any bytes as an audio file: a fault, or finite samples at a rate the engine takes.
#include "tests/fuzz/file_input.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/fault.h"

using namespace sideband;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::FileInput file(data, size);
  try {
    const cli::Audio audio = cli::in_engine_range(cli::read_audio(file.path()));
    fuzz::expect(audio.rate_hz >= cli::kMinRateHz && audio.rate_hz <= cli::kMaxRateHz,
                 "the engine takes the rate");
    for (const float sample : audio.samples) {
      fuzz::expect(std::isfinite(sample), "samples are numbers");
    }
  } catch (const cli::Fault& fault) {
    fuzz::expect_sentence(fault.what());
  }
  return 0;
}
