// The little of WAV that test inputs need: where the samples of a 16-bit mono 16 kHz file are, and
// the header of a file of floats.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/util/timebase.h"

namespace sideband {

struct WavSamples {
  std::size_t begin = 0;  // byte of the first sample; 0: not such a file
  std::size_t count = 0;
};

inline WavSamples find_wav_samples(std::span<const std::byte> head) {
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, &head[at], sizeof(value));
    return value;
  };
  constexpr std::uint32_t kRiff = 0x46464952;
  constexpr std::uint32_t kFormat = 0x20746D66;
  constexpr std::uint32_t kData = 0x61746164;
  constexpr std::uint32_t kMono16Bit = 0x00010001;
  if (head.size() < 44 || word(0) != kRiff) return {};
  for (std::size_t at = 12; at + 24 <= head.size();) {
    const std::uint32_t bytes = word(at + 4);
    if (word(at) == kFormat && (word(at + 8) != kMono16Bit || word(at + 12) != kAnalysisRateHz)) {
      return {};
    }
    if (word(at) == kData) return {at + 8, bytes / 2};
    at += 8 + bytes;
  }
  return {};
}

inline std::array<std::uint32_t, 11> float_wav_header(std::uint32_t samples) {
  return {0x46464952,      36 + 4 * samples,    0x45564157, 0x20746D66, 16,         0x00010003,
          kAnalysisRateHz, 4 * kAnalysisRateHz, 0x00200004, 0x61746164, 4 * samples};
}

}  // namespace sideband
