// What every fuzzer here shares: a broken promise stops the run and shows the input that broke it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace sideband::fuzz {

// Unlike assert() this stays in optimised builds; libFuzzer writes the input to a file on abort().
inline void expect(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// A refusal is one sentence: not empty, on one line, not cut off by what it quotes.
inline void expect_sentence(std::string_view message) {
  expect(message.size() >= 8, "a refusal says what is wrong");
  for (const char c : message) expect(c != '\n', "a refusal is one line");
}

// Whatever is played or loaded, nothing louder than full scale leaves, and no NaN or infinity.
inline void expect_audible(std::span<const float> samples) {
  for (const float sample : samples) expect(std::abs(sample) <= 1.0F, "|output| ≤ 1 and finite");
}

inline std::span<const std::byte> bytes(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace sideband::fuzz
