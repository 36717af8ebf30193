// Damage anywhere in a model file must end in a sentence or in a model, never in a crash (the
// sanitizers watch).
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/inference/decoder.h"
#include "core/util/json.h"
#include "tests/unit/inference/golden_files.h"
#include "tests/unit/inference/model_files.h"

namespace sideband::test {
namespace {

TEST(ModelDamage, IsSurvived) {
  const std::vector<std::byte> good = read_golden_bytes("tcn_identity_skips.model.safetensors");
  std::uint64_t header = 0;
  std::memcpy(&header, good.data(), sizeof(header));
  std::vector<std::byte> memory(1U << 20U);
  std::mt19937 random(7);
  const std::string junk = "[]{}\",:\\0123456789-eEtfnul \x01\xff";
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::byte> bad = good;
    const int edits = 1 + static_cast<int>(random() % 6);
    for (int e = 0; e < edits; ++e) {
      bad[random() % (8 + header)] = static_cast<std::byte>(junk[random() % junk.size()]);
    }
    if (round % 3 == 0) bad.resize(random() % bad.size());
    Arena arena(memory);
    Model model;
    Decoder decoder;
    Status status = parse_model(bad, arena, model);
    if (status.ok()) status = decoder.prepare(model.decoder, model.tensors(), arena);
    EXPECT_EQ(status.ok(), status.message().empty());
  }
}

// The texts that take the most memory to parse for their length.
TEST(ModelDamage, DenseJsonFitsItsScratch) {
  for (const std::string unit :
       {"1,", "\"\",", "[],", "{\"\":1},", "\"12345678901234\",", "[[[]]],"}) {
    for (const std::size_t size : {20U, 100U, 700U, 1000U, 3333U, 60000U}) {
      std::string text = "{\"a\":[";
      while (text.size() < size) text += unit;
      text += "0]}";
      std::vector<char> copy(text.begin(), text.end());
      copy.push_back(0);
      std::vector<std::byte> plenty(8 * json_scratch_bytes(copy.size()));
      JsonMemory memory(plenty);
      JsonDocument document(&memory, 1024, &memory);
      ASSERT_TRUE(parse_json_in_place(copy, document)) << unit;
      EXPECT_LE(memory.used_bytes(), json_scratch_bytes(text.size())) << unit << size;
      const Parsed parsed(container(text));
      EXPECT_EQ(parsed.status.message(), "tensor 'a' is not described by a JSON object");
    }
  }
}

TEST(ModelDamage, DeepJsonIsRefused) {
  for (const std::string unit : {"[", "{\"\":"}) {
    for (const std::size_t size : {100U, 60000U}) {
      std::string text;
      while (text.size() < size) text += unit;
      const Parsed parsed(container(text));
      EXPECT_EQ(parsed.status.message(), "not a safetensors file: its header is not a JSON object");
    }
  }
  EXPECT_TRUE(json_depth_is_sane(std::string(32, '[')));
  EXPECT_FALSE(json_depth_is_sane(std::string(33, '[')));
  EXPECT_TRUE(
      json_depth_is_sane("\"" + std::string(99, '[') + "\\\"" + std::string(99, '[') + "\""));
}

}  // namespace
}  // namespace sideband::test
