// DX7 system-exclusive dumps: one voice (155 bytes of data) or a bank of 32 (4096), as the DX7's
// MIDI data format sheet lays them out.
//
//   F0 43 0n ff hh ll  data  checksum F7     n: channel, ff: 0 one voice, 9 bank, hh ll: byte count
//
// The checksum is the two's complement of the sum of the data, seven bits. A bank packs a voice
// into 128 bytes, several small parameters to a byte. What is read is written back bit for bit:
// bytes keep values a DX7 would not make, and the bits no parameter owns are kept beside them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/dx7/voice.h"
#include "core/util/status.h"

namespace sideband::dx7 {

inline constexpr std::size_t kBankVoices = 32;
inline constexpr std::size_t kPackedBytes = 128;
inline constexpr std::size_t kSingleDumpBytes = kVoiceBytes + 8;               // 163
inline constexpr std::size_t kBankDumpBytes = kPackedBytes * kBankVoices + 8;  // 4104

// The bits of a packed voice that belong to no parameter: three in byte 11, two in 13, … of every
// operator, and in 110 and 111. They are zero in dumps a DX7 made.
using SpareBits = std::array<std::uint8_t, 3 * kOperators + 2>;

struct Dump {
  bool bank = false;
  int channel = 0;                       // 0…15
  std::array<Voice, kBankVoices> voice;  // one, or 32
  std::array<SpareBits, kBankVoices> spare{};
  std::uint8_t stored_checksum = 0;
  bool checksum_right = true;
  int out_of_range = 0;  // parameters beyond what the DX7 accepts, in all voices together

  std::size_t voices() const { return bank ? kBankVoices : 1; }
};

// Reads one dump at the start of `bytes` and says how many of them it took. A wrong checksum is not
// an error: many dumps in circulation have one; it is kept and checksum_right is false.
Status parse_syx(std::span<const std::uint8_t> bytes, Dump& dump, std::size_t& used_bytes);

// Fills `bytes` and says how many: kSingleDumpBytes or kBankDumpBytes. The checksum is made anew
// unless `keep_checksum`; a wrong one that was read can then be written back.
Status write_syx(const Dump& dump, std::span<std::uint8_t> bytes, std::size_t& used_bytes,
                 bool keep_checksum = false);

std::uint8_t checksum(std::span<const std::uint8_t> data);

}  // namespace sideband::dx7
