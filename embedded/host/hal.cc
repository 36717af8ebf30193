// The HAL on any machine with files: input.wav → output.wav in the current folder. The smallest
// port there is, and the reference that a board's output is compared with.
#include "embedded/hal.h"

#include <cstdio>
#include <vector>

#include "embedded/wav.h"

namespace sideband {
namespace {

struct Recording {
  std::vector<std::int16_t> in;
  std::vector<float> out;
  std::size_t position = 0;
};

Recording read_recording() {
  Recording recording;
  std::FILE* file = std::fopen("input.wav", "rb");
  if (file == nullptr) {
    hal_log("input.wav is missing");
    return recording;
  }
  std::vector<std::byte> bytes(1U << 24U);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  const WavSamples samples = find_wav_samples(bytes);
  if (samples.begin == 0) hal_log("input.wav is not 16-bit mono at 16 kHz");
  recording.in.resize(std::min(samples.count, (bytes.size() - samples.begin) / 2));
  std::memcpy(recording.in.data(), &bytes[samples.begin], recording.in.size() * 2);
  return recording;
}

}  // namespace

bool hal_audio(std::span<const float, kHopSamples> out, std::span<float, kHopSamples> in) {
  static Recording recording = read_recording();
  if (recording.position > 0) recording.out.insert(recording.out.end(), out.begin(), out.end());
  if (recording.position + kHopSamples > recording.in.size()) {
    std::FILE* file = std::fopen("output.wav", "wb");
    if (file == nullptr) return false;
    const auto header = float_wav_header(static_cast<std::uint32_t>(recording.out.size()));
    std::fwrite(header.data(), 4, header.size(), file);
    std::fwrite(recording.out.data(), 4, recording.out.size(), file);
    std::fclose(file);
    return false;
  }
  for (float& sample : in) {
    sample = static_cast<float>(recording.in[recording.position++]) * 0x1p-15F;
  }
  return true;
}

void hal_controls(InstrumentControls&) {}

void hal_log(const char* line) {
  std::printf("%s\n", line);
}

}  // namespace sideband
