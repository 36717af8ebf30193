// SYX: what is read is written back byte for byte, and damage is told, never fatal.
#include "core/dx7/syx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/util/rng.h"

namespace sideband::dx7 {
namespace {

using Bytes = std::vector<std::uint8_t>;

Voice random_voice(Rng& rng, bool legal) {
  VoiceBytes bytes{};
  for (std::size_t i = 0; i < kVoiceBytes; ++i) {
    const auto max = legal ? static_cast<std::uint32_t>(parameter(i).max) : 127U;
    bytes[i] = static_cast<std::uint8_t>(rng.next() % (max + 1));
  }
  return from_bytes(bytes);
}

Bytes written(const Dump& dump, bool keep_checksum = false) {
  Bytes bytes(kBankDumpBytes);
  std::size_t used = 0;
  EXPECT_TRUE(write_syx(dump, bytes, used, keep_checksum));
  bytes.resize(used);
  return bytes;
}

std::string fault(const Bytes& bytes) {
  Dump dump;
  std::size_t used = 0;
  return std::string(parse_syx(bytes, dump, used).message());
}

TEST(Syx, SingleVoicesOfAnyBytesComeBackTheSame) {
  Rng rng(7);
  for (int round = 0; round < 200; ++round) {
    Dump dump;
    dump.channel = round % 16;
    dump.voice[0] = random_voice(rng, round % 2 == 0);
    const Bytes bytes = written(dump);
    ASSERT_EQ(bytes.size(), kSingleDumpBytes);
    Dump back;
    std::size_t used = 0;
    ASSERT_TRUE(parse_syx(bytes, back, used));
    EXPECT_EQ(used, kSingleDumpBytes);
    EXPECT_TRUE(back.checksum_right);
    EXPECT_EQ(back.voice[0], dump.voice[0]);
    EXPECT_EQ(back.out_of_range == 0, round % 2 == 0);
    EXPECT_EQ(written(back), bytes);
  }
}

// Random 7-bit data of any value: illegal parameters, spare bits, a checksum that may be wrong.
TEST(Syx, BanksOfAnyBitsComeBackTheSame) {
  Rng rng(8);
  for (int round = 0; round < 50; ++round) {
    Bytes bytes{0xF0, 0x43, static_cast<std::uint8_t>(round % 16), 9, 0x20, 0};
    for (std::size_t i = 0; i < kPackedBytes * kBankVoices; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(rng.next() & 0x7FU));
    }
    const std::uint8_t right = checksum(std::span(bytes).subspan(6));
    bytes.push_back(round % 3 == 0 ? right ^ 1U : right);
    bytes.push_back(0xF7);
    Dump dump;
    std::size_t used = 0;
    ASSERT_TRUE(parse_syx(bytes, dump, used));
    EXPECT_EQ(used, kBankDumpBytes);
    EXPECT_EQ(dump.checksum_right, round % 3 != 0);
    EXPECT_GT(dump.out_of_range, 0);
    EXPECT_EQ(written(dump, true), bytes);
  }
}

TEST(Syx, LegalBanksKeepEveryParameter) {
  Rng rng(9);
  Dump dump;
  dump.bank = true;
  for (Voice& voice : dump.voice) voice = random_voice(rng, true);
  Dump back;
  std::size_t used = 0;
  ASSERT_TRUE(parse_syx(written(dump), back, used));
  EXPECT_EQ(back.voice, dump.voice);
  EXPECT_EQ(back.out_of_range, 0);
}

// Positions from the DX7's MIDI data format sheet.
TEST(Syx, ParametersAreWhereTheDataSheetPutsThem) {
  Voice voice;
  voice.op[5].envelope.rate[0] = 11;
  voice.op[0].detune = 3;
  voice.algorithm = 21;
  voice.transpose = 40;
  const VoiceBytes bytes = to_bytes(voice);
  EXPECT_EQ(bytes[0], 11);
  EXPECT_EQ(bytes[125], 3);
  EXPECT_EQ(bytes[134], 21);
  EXPECT_EQ(bytes[144], 40);
  EXPECT_EQ(bytes[145], 'I');

  Dump dump;
  dump.bank = true;
  dump.voice[1] = voice;
  dump.voice[1].op[5].coarse = 31;
  dump.voice[1].op[5].fixed_frequency = 1;
  dump.voice[1].op[5].left_curve = 1;
  dump.voice[1].op[5].right_curve = 3;
  dump.voice[1].lfo.wave = kSine;
  dump.voice[1].lfo.sync = 1;
  dump.voice[1].pitch_sense = 5;
  const Bytes packed = written(dump);
  const auto at = [&](std::size_t byte) { return packed[6 + kPackedBytes + byte]; };
  EXPECT_EQ(at(0), 11);
  EXPECT_EQ(at(11), 3 << 2 | 1);
  EXPECT_EQ(at(15), 31 << 1 | 1);
  EXPECT_EQ(at(85 + 12), 3 << 3);
  EXPECT_EQ(at(110), 21);
  EXPECT_EQ(at(116), 5 << 4 | 4 << 1 | 1);
}

TEST(Syx, ChecksumCompletesTheSumToAMultipleOf128) {
  Rng rng(10);
  Bytes data(155);
  for (auto& byte : data) byte = static_cast<std::uint8_t>(rng.next() & 0x7FU);
  unsigned sum = checksum(data);
  for (const auto byte : data) sum += byte;
  EXPECT_EQ(sum % 128, 0U);
}

TEST(Syx, DamageIsToldInOneSentence) {
  const Bytes good = written(Dump{});
  EXPECT_NE(fault({}).find("holds no data"), std::string::npos);
  Bytes bad = good;
  bad[0] = 0x4D;
  EXPECT_NE(fault(bad).find("F0"), std::string::npos);
  bad = good;
  bad[1] = 0x41;
  EXPECT_NE(fault(bad).find("another maker"), std::string::npos);
  bad = good;
  bad[3] = 5;
  EXPECT_NE(fault(bad).find("format 5"), std::string::npos);
  bad = good;
  bad[5] = 3;
  EXPECT_NE(fault(bad).find("131 bytes"), std::string::npos);
  bad = good;
  bad[50] = 0x90;
  EXPECT_NE(fault(bad).find("byte 50 is 144"), std::string::npos);
  bad = good;
  bad.back() = 0;
  EXPECT_NE(fault(bad).find("F7"), std::string::npos);
  for (std::size_t length = 1; length < good.size(); ++length) {
    EXPECT_NE(fault(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length))), "");
  }
}

TEST(Syx, RandomlyDamagedDumpsNeverCrash) {
  Rng rng(11);
  Dump bank;
  bank.bank = true;
  const std::array<Bytes, 2> good{written(Dump{}), written(bank)};
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes = good[rng.next() % 2];
    for (std::uint32_t i = 0, hits = rng.next() % 50; i < hits; ++i) {
      // Half of the hits fall on the header, where they matter most.
      const auto reach = static_cast<std::uint32_t>(rng.next() % 2 == 0 ? 8 : bytes.size());
      bytes[rng.next() % reach] = static_cast<std::uint8_t>(rng.next());
    }
    if (rng.next() % 4 == 0) bytes.resize(rng.next() % bytes.size());
    Dump dump;
    std::size_t used = 0;
    const Status status = parse_syx(bytes, dump, used);
    if (!status) {
      EXPECT_FALSE(status.message().empty());
      continue;
    }
    const Bytes again = written(dump, true);
    ASSERT_TRUE(std::equal(again.begin(), again.end() - 2, bytes.begin()));
    for (std::size_t i = 0; i < dump.voices(); ++i) limited(dump.voice[i]);
  }
}

}  // namespace
}  // namespace sideband::dx7
