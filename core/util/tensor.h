// A named block of weights as it lies in a model file: a view, nothing is copied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sideband {

enum class DataType : std::uint8_t { kF32, kF16, kI8 };

struct TensorView {
  std::string_view name;
  DataType type = DataType::kF32;
  int rank = 0;
  std::array<int, 4> shape{};       // outermost first, PyTorch order
  std::span<const std::byte> data;  // little-endian, rows contiguous; not necessarily aligned
};

}  // namespace sideband
