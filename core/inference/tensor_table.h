// The tensors of a model file by name: each must be there once, in the expected shape, with finite
// values, and none may be left over.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

#include "core/util/status.h"
#include "core/util/tensor.h"

namespace sideband {

// "decoder.block.2.conv1.weight", built without heap.
class TensorName {
 public:
  TensorName() = default;
  TensorName(std::string_view text) { append(text); }  // NOLINT(google-explicit-constructor)

  TensorName operator+(std::string_view text) const {
    TensorName name = *this;
    name.append(text);
    return name;
  }
  TensorName operator+(int digit) const {  // 0…9
    const char text = static_cast<char>('0' + digit);
    return *this + std::string_view(&text, 1);
  }
  std::string_view text() const { return {text_.data(), length_}; }

 private:
  void append(std::string_view text) {
    for (const char c : text) {
      if (length_ < text_.size()) text_[length_++] = c;
    }
  }

  std::array<char, 64> text_{};
  std::size_t length_ = 0;
};

// A tensor with, for I8, the scale of each of its rows.
struct WeightTensor {
  TensorView tensor;
  TensorView scale;

  int rows() const { return tensor.shape[0]; }
  // Value of an element, `index` counted over all rows of `row_size` elements.
  float at(std::size_t row, std::size_t row_size, std::size_t column) const;
  // values[c] = element (row, first + c · step).
  void read(std::size_t row, std::size_t row_size, std::size_t first, std::size_t step,
            std::span<float> values) const;
};

// Keeps the first fault and lets the callers go on, so that they may take all they need and check
// once at their end.
class TensorTable {
 public:
  explicit TensorTable(std::span<const TensorView> tensors);

  // The tensor of that name and shape, or an empty one with the fault noted.
  WeightTensor take(const TensorName& name, std::initializer_list<int> shape);

  // Passes over a tensor that belongs to another stage, if it is there.
  void ignore(std::string_view name);

  // Notes a fault of the caller's own.
  void fail(const Status& status);

  // The first fault, among them tensors that nobody took.
  Status finish();

 private:
  static constexpr std::size_t kCapacity = 128;

  const TensorView* find(std::string_view name);

  std::span<const TensorView> tensors_;
  std::array<bool, kCapacity> used_{};
  Status status_;
};

}  // namespace sideband
