// The tensors of a model file by name: each must be there once, in the expected shape, and none may
// be left over. Short ones must be finite; whoever reads the long ones, a piece at a time, sees
// that these are.
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

// A tensor with, for I8 and I16, the scale of each of its rows.
struct WeightTensor {
  TensorView tensor;
  TensorView scale;

  // values[c] = element first + c · step of a row of `row_size` elements.
  void read(std::size_t row, std::size_t row_size, std::size_t first, std::size_t step,
            std::span<float> values) const;
};

// The size of a matrix product. A convolution over `taps` frames is the same product over these
// frames laid end to end, oldest first.
struct DenseShape {
  int inputs = 0;  // per tap
  int outputs = 0;
  int taps = 1;
  bool rectified = false;  // the inputs are what a ReLU made

  int width() const { return inputs * taps; }
};

struct LayerTensors {
  WeightTensor weight;
  WeightTensor bias;

  // Weights first, first + 1, … of an output, in the order of the frames laid end to end.
  void read_weights(const DenseShape& shape, std::size_t output, int first,
                    std::span<float> values) const;
  float bias_of(std::size_t output) const;
  float scale_of(std::size_t output) const;  // I8
};

// Keeps the first fault and lets the callers go on, so that they may take all they need and check
// once at their end.
class TensorTable {
 public:
  explicit TensorTable(std::span<const TensorView> tensors);

  // The tensor of that name and shape, or an empty one with the fault noted.
  WeightTensor take(const TensorName& name, std::initializer_list<int> shape);

  // `<name>.weight` and `<name>.bias`: [outputs, inputs, taps], or [outputs, inputs] if linear.
  LayerTensors take_convolution(const TensorName& name, const DenseShape& shape);
  LayerTensors take_linear(const TensorName& name, const DenseShape& shape);

  // `<name>` [rows, width] of I16, and `<name>.scale` [rows] of F32: at least 0, and finite when
  // multiplied by any of the integers.
  WeightTensor take_table(const TensorName& name, int rows, int width);

  // Whether any tensor's name begins so.
  bool has_any(std::string_view prefix) const;

  // Passes over a tensor that belongs to another stage, if it is there.
  void ignore(std::string_view name);

  // Notes a fault of the caller's own.
  void fail(const Status& status);

  // The first fault, among them tensors that nobody took.
  Status finish();

 private:
  static constexpr std::size_t kCapacity = 128;

  // As many as are looked at here: all vectors, and matrices of small networks.
  static constexpr std::size_t kCheckedBytes = 16U << 10U;

  // Null where it is not there; with a shape, or for the scale of an integer tensor, also where it
  // is not as it should be, and then the fault is noted.
  const TensorView* find(std::string_view name);
  const TensorView* find(const TensorName& name, std::span<const int> shape);
  const TensorView* find_scale(const TensorName& name, int rows, std::string_view type);

  std::span<const TensorView> tensors_;
  std::array<bool, kCapacity> used_{};
  Status status_;
};

}  // namespace sideband
