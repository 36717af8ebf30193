// Model files made up for the tests: safetensors containers, whole or wrong, and opening them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/model.h"

namespace sideband::test {

inline std::vector<std::byte> to_bytes(const std::string& header, std::size_t data_bytes,
                                       std::uint64_t header_bytes) {
  std::vector<std::byte> file(8 + header.size() + data_bytes);
  std::memcpy(file.data(), &header_bytes, 8);
  std::memcpy(file.data() + 8, header.data(), header.size());
  return file;
}

inline std::vector<std::byte> container(const std::string& header, std::size_t data_bytes = 0) {
  return to_bytes(header, data_bytes, header.size());
}

inline std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

// A file whose metadata is `json` and whose tensors are of no interest.
inline std::vector<std::byte> with_metadata(const std::string& json) {
  return container(R"({"__metadata__":{"sideband":")" + escaped(json) + "\"}}");
}

struct Parsed {
  explicit Parsed(std::vector<std::byte> bytes) : file(std::move(bytes)), memory(8U << 20U) {
    Arena arena(memory);
    status = parse_model(file, arena, model);
  }
  std::vector<std::byte> file;
  std::vector<std::byte> memory;
  Model model;
  Status status;
};

inline const std::string kGood =
    R"({"format":1,"instrument":"violin","variant":"full","sample_rate_hz":16000,"hop_samples":64,)"
    R"("decoder":{"type":"tcn","inputs":2,"hidden":128,"blocks":5,"kernel":3,"dilation_base":2,)"
    R"("skips":[true,true,false,true,true],"outputs":6},)"
    R"("synth":{"type":"fm","ratios":[1,1,1,1,3,14],"routing":[[6,5],[5,4],[4,3],[2,1]],)"
    R"("carriers":[1,3],"i_max":2.0106193},"training":{"note":"café \"quoted\"","steps":[1,[2,{}]]}})";

// kGood with one piece replaced.
inline std::string edited(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

}  // namespace sideband::test
