#include "tools/sideband/audio_file.h"

#include <samplerate.h>
#include <sndfile.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "tools/sideband/fault.h"

namespace sideband::cli {
namespace {

using SoundFile = std::unique_ptr<SNDFILE, int (*)(SNDFILE*)>;

constexpr int kChunkFrames = 1 << 16;

// Beyond these a header is damaged, and the change of rate would ask for absurd memory.
constexpr int kMinFileRateHz = 1000;
constexpr int kMaxFileRateHz = 1536000;

// +120 dBFS. Integers written as floats without scaling reach 90 dB and are still sound; what is
// louder is damage, and near the largest float a change of rate would make infinities of it.
constexpr double kMaxMagnitude = 1e6;

// libsndfile's own sentences end in a full stop; ours do not.
std::string reason(SNDFILE* file) {
  std::string text = sf_strerror(file);
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

std::string absurd(std::size_t index, double sample) {
  const std::string which = "sample " + std::to_string(index);
  if (!std::isfinite(sample)) return which + " is not a number";
  std::ostringstream text;
  text << which << " is " << sample << ", where full scale is 1; up to " << kMaxMagnitude
       << " can be read";
  return text.str();
}

}  // namespace

Audio read_audio(const std::string& path) {
  if (path == "-") throw Fault(path, "audio is read from a file, not from the standard input");
  // libsndfile says "System error" for everything the system refuses.
  errno = 0;
  if (!std::ifstream(path)) throw Fault(path, std::strerror(errno));
  SF_INFO info{};
  const SoundFile file(sf_open(path.c_str(), SFM_READ, &info), sf_close);
  if (!file) throw Fault(path, "not audio that can be read (" + reason(nullptr) + ")");

  if (info.samplerate < kMinFileRateHz || info.samplerate > kMaxFileRateHz) {
    throw Fault(path, "its sampling rate is " + std::to_string(info.samplerate) +
                          " Hz; rates from " + std::to_string(kMinFileRateHz) + " to " +
                          std::to_string(kMaxFileRateHz) + " Hz can be read");
  }
  Audio audio;
  audio.rate_hz = info.samplerate;
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<float> chunk(kChunkFrames * channels);
  while (true) {
    const sf_count_t frames = sf_readf_float(file.get(), chunk.data(), kChunkFrames);
    if (sf_error(file.get()) != SF_ERR_NO_ERROR) {
      throw Fault(path, "cannot be read to its end (" + reason(file.get()) + ")");
    }
    if (frames <= 0) break;
    for (std::size_t frame = 0; frame < static_cast<std::size_t>(frames); ++frame) {
      double sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += chunk[frame * channels + c];
      const double sample = sum / static_cast<double>(channels);
      if (!(std::abs(sample) <= kMaxMagnitude))
        throw Fault(path, absurd(audio.samples.size(), sample));
      audio.samples.push_back(static_cast<float>(sample));
    }
  }
  return audio;
}

void write_wav(const std::string& path, int rate_hz, std::span<const float> samples) {
  if (path == "-") throw Fault(path, "audio is written to a file, not to the standard output");
  errno = 0;
  if (!std::ofstream(path, std::ios::binary)) throw Fault(path, std::strerror(errno));
  SF_INFO info{};
  info.samplerate = rate_hz;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  const SoundFile file(sf_open(path.c_str(), SFM_WRITE, &info), sf_close);
  if (!file) throw Fault(path, "cannot be written (" + reason(nullptr) + ")");
  // The PEAK chunk carries the time of day: without it the same sound is the same file.
  sf_command(file.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  const auto count = static_cast<sf_count_t>(samples.size());
  if (sf_write_float(file.get(), samples.data(), count) != count) {
    throw Fault(path, "cannot be written to its end (" + reason(file.get()) + ")");
  }
}

Audio resample(const Audio& audio, int rate_hz) {
  if (audio.rate_hz == rate_hz || audio.samples.empty()) return {rate_hz, audio.samples};
  const double ratio = static_cast<double>(rate_hz) / audio.rate_hz;
  const auto wanted =
      static_cast<std::size_t>(std::llround(ratio * static_cast<double>(audio.samples.size())));
  Audio result{rate_hz, std::vector<float>(wanted + 16)};
  SRC_DATA data{};
  data.data_in = audio.samples.data();
  data.input_frames = static_cast<long>(audio.samples.size());
  data.data_out = result.samples.data();
  data.output_frames = static_cast<long>(result.samples.size());
  data.src_ratio = ratio;
  if (const int error = src_simple(&data, SRC_SINC_BEST_QUALITY, 1)) {
    throw std::runtime_error(std::string("the rate could not be changed: ") + src_strerror(error));
  }
  result.samples.resize(static_cast<std::size_t>(data.output_frames_gen));
  result.samples.resize(wanted);
  return result;
}

Audio in_engine_range(Audio audio) {
  if (audio.rate_hz < kMinRateHz) return resample(audio, kMinRateHz);
  if (audio.rate_hz > kMaxRateHz) return resample(audio, kMaxRateHz);
  return audio;
}

}  // namespace sideband::cli
