// The HAL on QEMU's mps2-an500: semihosting reads input.wav and writes output.wav in QEMU's current
// folder, and prints what is logged.
#include "embedded/hal.h"

#include <algorithm>

#include "embedded/qemu/semihosting.h"
#include "embedded/wav.h"

namespace sideband {
namespace {

constexpr std::size_t kHeadBytes = 512;

int in_file = -1;
int out_file = -1;
std::uint32_t samples_left = 0;
bool began = false;

bool begin() {
  in_file = semihosting_open("input.wav", false);
  std::array<std::byte, kHeadBytes> head;
  if (in_file < 0 || !semihosting_read(in_file, head.data(), head.size())) {
    hal_log("input.wav is missing");
    return false;
  }
  const WavSamples samples = find_wav_samples(head);
  if (samples.begin == 0) {
    hal_log("input.wav is not 16-bit mono at 16 kHz");
    return false;
  }
  samples_left = static_cast<std::uint32_t>(samples.count / kHopSamples * kHopSamples);
  semihosting_seek(in_file, samples.begin);
  out_file = semihosting_open("output.wav", true);
  const auto header = float_wav_header(samples_left);
  semihosting_write(out_file, header.data(), sizeof(header));
  return true;
}

}  // namespace

bool hal_audio(std::span<const float, kHopSamples> out, std::span<float, kHopSamples> in) {
  if (!began) {
    began = true;
    if (!begin()) return false;
  } else {
    semihosting_write(out_file, out.data(), out.size_bytes());
  }
  std::array<std::int16_t, kHopSamples> raw;
  if (samples_left < kHopSamples || !semihosting_read(in_file, raw.data(), sizeof(raw))) {
    semihosting_close(out_file);
    return false;
  }
  samples_left -= kHopSamples;
  std::transform(raw.begin(), raw.end(), in.begin(),
                 [](std::int16_t sample) { return static_cast<float>(sample) * 0x1p-15F; });
  return true;
}

void hal_controls(InstrumentControls&) {}

void hal_log(const char* line) {
  semihosting_print(line);
  semihosting_print("\n");
}

}  // namespace sideband
