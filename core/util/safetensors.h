// The safetensors container: 8 bytes of header length (little-endian), a JSON header, then the
// tensors' bytes.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/util/arena.h"
#include "core/util/status.h"
#include "core/util/tensor.h"

namespace sideband {

struct SafetensorsMetadata {
  std::string_view key;
  std::string_view value;
};

struct SafetensorsFile {
  static constexpr int kMaxMetadata = 16;
  static constexpr std::size_t kMaxHeaderBytes = 64U << 10U;  // bounds the work of opening a file

  int tensor_count = 0;
  int metadata_count = 0;
  std::array<SafetensorsMetadata, kMaxMetadata> metadata{};

  // Value of a `__metadata__` key, or an empty text with a null pointer.
  std::string_view find_metadata(std::string_view key) const;
};

// Reads `file` and fills `tensors` in the header's order; data are views into the file, names and
// metadata are views into a copy of the header that is taken from the arena. Beyond that copy, the
// arena's free space serves as scratch (json_scratch_bytes of the header) and is given
// back.
Status parse_safetensors(std::span<const std::byte> file, Arena& arena,
                         std::span<TensorView> tensors, SafetensorsFile& out);

}  // namespace sideband
