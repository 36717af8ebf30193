#include "tests/bench/decoder/shipped_model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/util/half.h"

namespace sideband::bench {
namespace {

constexpr std::string_view kScale = ".scale";

const TensorView* find(std::span<const TensorView> tensors, const std::string& name) {
  const auto named = [&](const TensorView& tensor) { return tensor.name == name; };
  const auto at = std::find_if(tensors.begin(), tensors.end(), named);
  return at == tensors.end() ? nullptr : &*at;
}

template <typename Element>
Element element(const TensorView& tensor, std::size_t i) {
  Element value;
  std::memcpy(&value, tensor.data.data() + i * sizeof(value), sizeof(value));
  return value;
}

// `scale`: of each row, beside bytes.
std::vector<float> widened(const TensorView& tensor, const TensorView* scale) {
  std::vector<float> values(tensor.data.size() / element_bytes(tensor.type));
  const std::size_t row_size = values.size() / static_cast<std::size_t>(tensor.shape[0]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    switch (tensor.type) {
      case DataType::kF32:
        values[i] = element<float>(tensor, i);
        break;
      case DataType::kF16:
        values[i] = half_to_float(element<std::uint16_t>(tensor, i));
        break;
      case DataType::kI8:
        values[i] = static_cast<float>(element<std::int8_t>(tensor, i)) *
                    element<float>(*scale, i / row_size);
        break;
      case DataType::kI16:  // of tables, which no shipped model has
        break;
    }
  }
  return values;
}

}  // namespace

void check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(status.message().size()),
               status.message().data());
  std::abort();
}

std::vector<std::byte> file_bytes(const char* path) {
  std::vector<std::byte> bytes;
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return bytes;
  std::array<std::byte, 65536> piece;
  for (std::size_t count; (count = std::fread(piece.data(), 1, piece.size(), file)) > 0;) {
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::fclose(file);
  return bytes;
}

ShippedModel::ShippedModel(std::vector<std::byte> file, DataType type)
    : file_(std::move(file)), memory_(1U << 20U) {
  Arena arena(memory_);
  check(parse_model(file_, arena, model_));
  for (const TensorView& tensor : model_.tensors()) {
    const bool of_decoder = tensor.name.starts_with("decoder.");
    if (of_decoder && tensor.name.ends_with(kScale)) continue;
    if (of_decoder && tensor.rank > 1) {
      add_as(type, tensor);
    } else {
      tensors_.push_back(tensor);
    }
  }
}

void ShippedModel::add_as(DataType type, const TensorView& tensor) {
  const std::string name(tensor.name);
  const auto values = widened(tensor, find(model_.tensors(), name + std::string(kScale)));
  std::vector<std::byte> bytes(values.size() * element_bytes(type));
  const auto rows = static_cast<std::size_t>(tensor.shape[0]);
  std::vector<float> scales(rows, 1);
  for (std::size_t row = 0, i = 0; row < rows; ++row) {
    const auto of_row = std::span(values).subspan(i, values.size() / rows);
    if (type == DataType::kI8) {
      float largest = 1e-12F;
      for (const float value : of_row) largest = std::max(largest, std::abs(value));
      scales[row] = largest / 127;
    }
    for (const float value : of_row) {
      std::byte* to = &bytes[i++ * element_bytes(type)];
      if (type == DataType::kF32) {
        std::memcpy(to, &value, sizeof(value));
      } else if (type == DataType::kF16) {
        const std::uint16_t half = half_of_float(value);
        std::memcpy(to, &half, sizeof(half));
      } else {
        *to = static_cast<std::byte>(static_cast<std::int8_t>(std::lround(value / scales[row])));
      }
    }
  }
  TensorView narrow = tensor;
  narrow.type = type;
  narrow.data = keep(bytes);
  tensors_.push_back(narrow);
  if (type == DataType::kI8) add_vector(name + std::string(kScale), scales);
}

void ShippedModel::add_vector(std::string name, std::span<const float> values) {
  TensorView tensor;
  tensor.name = names_.emplace_back(std::move(name));
  tensor.rank = 1;
  tensor.shape[0] = static_cast<int>(values.size());
  tensor.data = keep(std::as_bytes(values));
  tensors_.push_back(tensor);
}

std::span<const std::byte> ShippedModel::keep(std::span<const std::byte> bytes) {
  return values_.emplace_back(bytes.begin(), bytes.end());
}

}  // namespace sideband::bench
