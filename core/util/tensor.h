// A named block of weights as it lies in a model file: a view, nothing is copied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sideband {

// kI16: of tables only (core/inference/input_tables.h).
enum class DataType : std::uint8_t { kF32, kF16, kI8, kI16 };

constexpr std::size_t element_bytes(DataType type) {
  return type == DataType::kF32 ? 4 : type == DataType::kI8 ? 1 : 2;
}

struct TensorView {
  std::string_view name;
  DataType type = DataType::kF32;
  int rank = 0;
  std::array<int, 4> shape{};       // outermost first, PyTorch order
  std::span<const std::byte> data;  // little-endian, rows contiguous; not necessarily aligned
  // The data lie as the target's kernel reads them, aligned to 8 bytes (core/inference/kernels.h).
  bool packed = false;
};

}  // namespace sideband
