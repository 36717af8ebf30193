#include "core/dx7/syx.h"

#include <algorithm>

namespace sideband::dx7 {
namespace {

constexpr std::uint8_t kStart = 0xF0;
constexpr std::uint8_t kEnd = 0xF7;
constexpr std::uint8_t kYamaha = 0x43;
constexpr std::size_t kHeaderBytes = 6;
constexpr std::size_t kOperatorBytes = 21;
constexpr std::size_t kPackedOperatorBytes = 17;

// Where a parameter of the single-voice dump lives in a packed voice.
struct Field {
  std::size_t parameter;
  std::size_t byte;
  unsigned shift;
  unsigned bits;
};

constexpr std::array<Field, kOperatorBytes> kOperatorFields{{
    {0, 0, 0, 7},   {1, 1, 0, 7},   {2, 2, 0, 7},   {3, 3, 0, 7},   {4, 4, 0, 7},   {5, 5, 0, 7},
    {6, 6, 0, 7},   {7, 7, 0, 7},   {8, 8, 0, 7},   {9, 9, 0, 7},   {10, 10, 0, 7}, {11, 11, 0, 2},
    {12, 11, 2, 2}, {13, 12, 0, 3}, {14, 13, 0, 2}, {15, 13, 2, 3}, {16, 14, 0, 7}, {17, 15, 0, 1},
    {18, 15, 1, 5}, {19, 16, 0, 7}, {20, 12, 3, 4},
}};

constexpr std::array<Field, 19> kGlobalFields{{
    {126, 102, 0, 7}, {127, 103, 0, 7}, {128, 104, 0, 7}, {129, 105, 0, 7}, {130, 106, 0, 7},
    {131, 107, 0, 7}, {132, 108, 0, 7}, {133, 109, 0, 7}, {134, 110, 0, 5}, {135, 111, 0, 3},
    {136, 111, 3, 1}, {137, 112, 0, 7}, {138, 113, 0, 7}, {139, 114, 0, 7}, {140, 115, 0, 7},
    {141, 116, 0, 1}, {142, 116, 1, 3}, {143, 116, 4, 3}, {144, 117, 0, 7},
}};
constexpr std::size_t kPackedName = 118;
constexpr std::size_t kSingleName = 145;

// Bytes with bits that belong to no parameter, and which; within an operator and among the rest.
struct Spare {
  std::size_t byte;
  unsigned mask;
};
constexpr std::array<Spare, 3> kOperatorSpares{{{11, 0x70}, {13, 0x60}, {15, 0x40}}};
constexpr std::array<Spare, 2> kGlobalSpares{{{110, 0x60}, {111, 0x70}}};

template <typename Visit>
void for_each_field(Visit visit) {
  for (std::size_t op = 0; op < kOperators; ++op) {
    for (Field field : kOperatorFields) {
      field.parameter += op * kOperatorBytes;
      field.byte += op * kPackedOperatorBytes;
      visit(field);
    }
  }
  for (const Field& field : kGlobalFields) visit(field);
  for (std::size_t i = 0; i < kNameLength; ++i) visit({kSingleName + i, kPackedName + i, 0U, 7U});
}

template <typename Visit>
void for_each_spare(Visit visit) {
  std::size_t index = 0;
  for (std::size_t op = 0; op < kOperators; ++op) {
    for (const Spare& spare : kOperatorSpares) {
      visit(Spare{spare.byte + op * kPackedOperatorBytes, spare.mask}, index++);
    }
  }
  for (const Spare& spare : kGlobalSpares) visit(spare, index++);
}

void unpack(std::span<const std::uint8_t> packed, Voice& voice, SpareBits& spare) {
  VoiceBytes bytes{};
  for_each_field([&](const Field& field) {
    bytes[field.parameter] = static_cast<std::uint8_t>(
        (static_cast<unsigned>(packed[field.byte]) >> field.shift) & ((1U << field.bits) - 1U));
  });
  voice = from_bytes(bytes);
  for_each_spare([&](const Spare& place, std::size_t index) {
    spare[index] = static_cast<std::uint8_t>(packed[place.byte] & place.mask);
  });
}

// False when a parameter does not fit its bits.
bool pack(const Voice& voice, const SpareBits& spare, std::span<std::uint8_t> packed) {
  const VoiceBytes bytes = to_bytes(voice);
  std::fill(packed.begin(), packed.end(), std::uint8_t{0});
  bool fits = true;
  for_each_field([&](const Field& field) {
    const unsigned value = bytes[field.parameter];
    fits = fits && value < (1U << field.bits);
    packed[field.byte] = static_cast<std::uint8_t>(packed[field.byte] | (value << field.shift));
  });
  for_each_spare([&](const Spare& place, std::size_t index) {
    packed[place.byte] =
        static_cast<std::uint8_t>(packed[place.byte] | (spare[index] & place.mask));
  });
  return fits;
}

}  // namespace

std::uint8_t checksum(std::span<const std::uint8_t> data) {
  unsigned sum = 0;
  for (const std::uint8_t byte : data) sum += byte;
  return static_cast<std::uint8_t>((0x80U - (sum & 0x7FU)) & 0x7FU);
}

Status parse_syx(std::span<const std::uint8_t> bytes, Dump& dump, std::size_t& used_bytes) {
  used_bytes = 0;
  if (bytes.empty()) return Status::error("holds no data; a DX7 dump is 163 or 4104 bytes");
  if (bytes[0] != kStart) {
    return Status::error(
        "does not begin with F0 hex, as MIDI system-exclusive data does; is it "
        "a .syx file?");
  }
  if (bytes.size() < kHeaderBytes) return Status::error("ends within the header of its dump");
  if (bytes[1] != kYamaha) {
    return Status::error("is a dump of another maker's instrument (ID ", bytes[1],
                         "; Yamaha's is 67)");
  }
  if ((bytes[2] & 0xF0U) != 0) {
    return Status::error(
        "is a Yamaha message but not a bulk dump: ask the DX7 for a voice or bank "
        "dump");
  }
  const bool bank = bytes[3] == 9;
  if (!bank && bytes[3] != 0) {
    return Status::error("has dump format ", bytes[3], "; one DX7 voice is 0, a bank of 32 is 9");
  }
  const std::size_t data_bytes = bank ? kPackedBytes * kBankVoices : kVoiceBytes;
  const std::size_t counted = bytes[4] * std::size_t{128} + bytes[5];
  if (counted != data_bytes) {
    return Status::error("says it holds ", counted, " bytes of data, but its format has ",
                         data_bytes);
  }
  if (bytes.size() < kHeaderBytes + data_bytes + 1) {
    return Status::error("is cut short: ", bytes.size() - kHeaderBytes, " of ", data_bytes,
                         " bytes of data and a checksum");
  }
  const auto data = bytes.subspan(kHeaderBytes, data_bytes);
  for (std::size_t i = 0; i < data_bytes; ++i) {
    if (data[i] > 0x7F) {
      return Status::error("is damaged: byte ", i + kHeaderBytes, " is ", data[i],
                           ", above the 127 that MIDI data can be");
    }
  }
  const std::size_t end = kHeaderBytes + data_bytes + 1;
  if (bytes.size() <= end || bytes[end] != kEnd) {
    return Status::error("is damaged: byte ", end, " should be F7 hex, the end of the dump");
  }
  dump.bank = bank;
  dump.channel = bytes[2] & 0x0F;
  dump.stored_checksum = bytes[end - 1];
  dump.checksum_right = dump.stored_checksum == checksum(data);
  dump.out_of_range = 0;
  for (std::size_t i = 0; i < dump.voices(); ++i) {
    if (bank) {
      unpack(data.subspan(i * kPackedBytes, kPackedBytes), dump.voice[i], dump.spare[i]);
    } else {
      VoiceBytes single{};
      std::copy(data.begin(), data.end(), single.begin());
      dump.voice[i] = from_bytes(single);
      dump.spare[i] = {};
    }
    int changed = 0;
    limited(dump.voice[i], &changed);
    dump.out_of_range += changed;
  }
  used_bytes = end + 1;
  return {};
}

Status write_syx(const Dump& dump, std::span<std::uint8_t> bytes, std::size_t& used_bytes,
                 bool keep_checksum) {
  used_bytes = 0;
  const std::size_t data_bytes = dump.bank ? kPackedBytes * kBankVoices : kVoiceBytes;
  if (bytes.size() < data_bytes + 8) {
    return Status::error("a dump of ", data_bytes + 8, " bytes does not fit into ", bytes.size());
  }
  const std::array<std::uint8_t, kHeaderBytes> header{
      kStart,
      kYamaha,
      static_cast<std::uint8_t>(dump.channel & 0x0F),
      static_cast<std::uint8_t>(dump.bank ? 9 : 0),
      static_cast<std::uint8_t>(data_bytes / 128),
      static_cast<std::uint8_t>(data_bytes % 128)};
  std::copy(header.begin(), header.end(), bytes.begin());
  const auto data = bytes.subspan(kHeaderBytes, data_bytes);
  for (std::size_t i = 0; i < dump.voices(); ++i) {
    if (dump.bank) {
      if (!pack(dump.voice[i], dump.spare[i], data.subspan(i * kPackedBytes, kPackedBytes))) {
        return Status::error("voice ", i + 1,
                             " has a value that a bank has no bits for: limit it first");
      }
    } else {
      const VoiceBytes single = to_bytes(dump.voice[i]);
      std::copy(single.begin(), single.end(), data.begin());
    }
  }
  bytes[kHeaderBytes + data_bytes] = keep_checksum ? dump.stored_checksum : checksum(data);
  bytes[kHeaderBytes + data_bytes + 1] = kEnd;
  used_bytes = data_bytes + 8;
  return {};
}

}  // namespace sideband::dx7
