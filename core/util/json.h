// JSON texts read in place with RapidJSON, inside a block of memory the caller lends: no heap, no
// recursion, no abort, so that a model can be opened on the audio thread and on a microcontroller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "core/util/arena.h"

// RapidJSON would otherwise abort on misuse and fall back to operator new where no allocator is
// given; we check every type before we read it and always give one.
#define RAPIDJSON_ASSERT(condition) static_cast<void>(0)
#define RAPIDJSON_NEW(object) nullptr
#define RAPIDJSON_DELETE(object) static_cast<void>(object)

#include <rapidjson/document.h>

namespace sideband {

// RapidJSON's allocator concept over a fixed block; what it hands out is never given back.
class JsonMemory {
 public:
  static const bool kNeedFree = false;  // RapidJSON's name

  JsonMemory() = default;
  explicit JsonMemory(std::span<std::byte> memory) : memory_(memory) {}

  void* Malloc(std::size_t bytes) {  // NOLINT(readability-identifier-naming)
    const std::size_t rounded = (bytes + 15) / 16 * 16;
    if (bytes == 0 || rounded > memory_.size() - used_) return nullptr;
    void* result = memory_.data() + used_;
    used_ += rounded;
    return result;
  }

  // NOLINTNEXTLINE(readability-identifier-naming)
  void* Realloc(void* old, std::size_t old_bytes, std::size_t bytes) {
    if (bytes <= old_bytes && old != nullptr) return old;
    void* result = Malloc(bytes);
    if (result != nullptr && old != nullptr) std::memcpy(result, old, old_bytes);
    return result;
  }

  static void Free(void*) {}  // NOLINT(readability-identifier-naming)

  std::size_t used_bytes() const { return used_; }

 private:
  std::span<std::byte> memory_;
  std::size_t used_ = 0;
};

using JsonDocument = rapidjson::GenericDocument<rapidjson::UTF8<>, JsonMemory, JsonMemory>;
using JsonValue = JsonDocument::ValueType;

inline constexpr int kMaxJsonDepth = 32;

// Bytes that hold the tree of any text of this length, nested no deeper than kMaxJsonDepth. A value
// (16 bytes, on some targets 24) takes at least two characters ("1,"), first on RapidJSON's stack
// and then in the tree; a stack that grows by half leaves behind up to 4.5 times its use. Too
// little would not be noticed by RapidJSON, so a test measures it against the densest texts.
constexpr std::size_t json_scratch_bytes(std::size_t text_bytes) {
  return 3 * sizeof(JsonValue) * text_bytes + 8192;
}

// Whether brackets outside of strings nest no deeper than kMaxJsonDepth.
inline bool json_depth_is_sane(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kMaxJsonDepth) return false;
  }
  return true;
}

// Parses `text`, which ends in a NUL and is overwritten: the strings of the tree point into it.
// False when it is not one complete JSON value or nests too deep. The document must have been made
// with a JsonMemory of json_scratch_bytes(text.size()).
inline bool parse_json_in_place(std::span<char> text, JsonDocument& document) {
  if (text.empty() || std::memchr(text.data(), 0, text.size()) != &text.back()) return false;
  if (!json_depth_is_sane({text.data(), text.size() - 1})) return false;
  document.ParseInsitu<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      text.data());
  return !document.HasParseError();
}

inline std::string_view json_text(const JsonValue& value) {
  return {value.GetString(), value.GetStringLength()};
}

// The member of that name, or null when there is none or `object` is not an object.
inline const JsonValue* json_member(const JsonValue& object, std::string_view name) {
  if (!object.IsObject()) return nullptr;
  for (auto member = object.MemberBegin(); member != object.MemberEnd(); ++member) {
    if (json_text(member->name) == name) return &member->value;
  }
  return nullptr;
}

}  // namespace sideband
