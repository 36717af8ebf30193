// Audio files as one channel of floats, and the change of their rate.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace sideband::cli {

struct Audio {
  int rate_hz = 0;
  std::vector<float> samples;  // the mean of the file's channels
};

// Any format libsndfile reads (WAV, FLAC, …), any rate and number of channels.
Audio read_audio(const std::string& path);

// WAV, one channel of 32-bit floats.
void write_wav(const std::string& path, int rate_hz, std::span<const float> samples);

// Band-limited, without delay; the length is rounded to the nearest sample.
Audio resample(const Audio& audio, int rate_hz);

// Rates the core does not take are changed to the nearest it does.
inline constexpr int kMinRateHz = 8000;
inline constexpr int kMaxRateHz = 192000;
Audio in_engine_range(Audio audio);

}  // namespace sideband::cli
