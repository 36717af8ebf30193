#include "core/inference/tensor_table.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "core/util/half.h"

namespace sideband {
namespace {

// Times any 16-bit integer, what a row of a table counts is a number.
constexpr float kLargestUnit = std::numeric_limits<float>::max() / 32768;

template <typename Bits>
bool any_exponent_full(std::span<const std::byte> data, Bits exponent) {
  Bits found = 0;
  for (std::size_t i = 0; i + sizeof(Bits) <= data.size(); i += sizeof(Bits)) {
    Bits bits = 0;
    std::memcpy(&bits, data.data() + i, sizeof(Bits));
    found = static_cast<Bits>(found | static_cast<Bits>((bits & exponent) == exponent));
  }
  return found != 0;
}

bool all_finite(const TensorView& tensor) {
  switch (tensor.type) {
    case DataType::kF32:
      return !any_exponent_full<std::uint32_t>(tensor.data, 0x7F800000U);
    case DataType::kF16:
      return !any_exponent_full<std::uint16_t>(tensor.data, 0x7C00U);
    case DataType::kI8:
    case DataType::kI16:
      return true;
  }
  return false;
}

bool has_shape(const TensorView& tensor, std::span<const int> shape) {
  return tensor.rank == static_cast<int>(shape.size()) &&
         std::equal(shape.begin(), shape.end(), tensor.shape.begin());
}

// "[128, 3]", for sentences.
struct ShapeText {
  explicit ShapeText(std::span<const int> shape) {
    append("[");
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i > 0) append(", ");
      append(shape[i]);
    }
    append("]");
  }
  void append(std::string_view part) {
    for (const char c : part) {
      if (length < text.size()) text[length++] = c;
    }
  }
  void append(int value) {
    std::array<char, 12> digits{};
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    append(std::string_view(digits.data() + first, digits.size() - first));
  }
  std::string_view view() const { return {text.data(), length}; }

  std::array<char, 64> text{};
  std::size_t length = 0;
};

template <typename Value>
Value load(const std::byte* from) {
  Value value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

}  // namespace

void WeightTensor::read(std::size_t row, std::size_t row_size, std::size_t first, std::size_t step,
                        std::span<float> values) const {
  const std::byte* data = tensor.data.data();
  const std::size_t begin = row * row_size + first;
  switch (tensor.type) {
    case DataType::kF32:
      for (std::size_t c = 0; c < values.size(); ++c) {
        values[c] = load<float>(data + sizeof(float) * (begin + c * step));
      }
      return;
    case DataType::kF16:
      for (std::size_t c = 0; c < values.size(); ++c) {
        values[c] = half_to_float(load<std::uint16_t>(data + 2 * (begin + c * step)));
      }
      return;
    case DataType::kI8: {
      const float row_scale = load<float>(scale.data.data() + sizeof(float) * row);
      for (std::size_t c = 0; c < values.size(); ++c) {
        values[c] = row_scale * static_cast<float>(load<std::int8_t>(data + begin + c * step));
      }
      return;
    }
    case DataType::kI16:  // no weights: take() refuses them
      return;
  }
}

void LayerTensors::read_weights(const DenseShape& shape, std::size_t output, int first,
                                std::span<float> values) const {
  const auto taps = static_cast<std::size_t>(shape.taps);
  const auto inputs = static_cast<std::size_t>(shape.inputs);
  // In the file the taps of one input lie side by side; here the inputs of one tap do.
  std::size_t done = 0;
  while (done < values.size()) {
    const std::size_t index = static_cast<std::size_t>(first) + done;
    const std::size_t tap = index / inputs;
    const std::size_t input = index % inputs;
    const std::size_t count = std::min(values.size() - done, inputs - input);
    weight.read(output, inputs * taps, input * taps + tap, taps, values.subspan(done, count));
    done += count;
  }
}

float LayerTensors::bias_of(std::size_t output) const {
  float value = 0;
  bias.read(output, 1, 0, 1, {&value, 1});
  return value;
}

float LayerTensors::scale_of(std::size_t output) const {
  return load<float>(weight.scale.data.data() + sizeof(float) * output);
}

TensorTable::TensorTable(std::span<const TensorView> tensors) : tensors_(tensors) {
  if (tensors.size() <= kCapacity) return;
  tensors_ = tensors.first(kCapacity);
  fail(Status::error("the model has more than ", kCapacity, " tensors"));
}

const TensorView* TensorTable::find(std::string_view name) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (tensors_[i].name != name) continue;
    used_[i] = true;
    return &tensors_[i];
  }
  return nullptr;
}

const TensorView* TensorTable::find(const TensorName& name, std::span<const int> shape) {
  const TensorView* tensor = find(name.text());
  if (tensor == nullptr) {
    fail(Status::error("the model lacks the tensor '", name.text(), "'"));
    return nullptr;
  }
  if (!has_shape(*tensor, shape)) {
    const auto rank = static_cast<std::size_t>(tensor->rank);
    const ShapeText actual(std::span(tensor->shape).first(rank));
    const ShapeText wanted(shape);
    fail(Status::error("tensor '", name.text(), "' has the shape ", actual.view(), " instead of ",
                       wanted.view()));
    return nullptr;
  }
  return tensor;
}

const TensorView* TensorTable::find_scale(const TensorName& name, int rows, std::string_view type) {
  const TensorName scale_name = name + ".scale";
  const TensorView* scale = find(scale_name.text());
  const std::array<int, 1> shape{rows};
  if (scale != nullptr && scale->type == DataType::kF32 && has_shape(*scale, shape)) return scale;
  fail(Status::error("the ", type, " tensor '", name.text(), "' lacks an F32 tensor '",
                     scale_name.text(), "' with ", rows, " values"));
  return nullptr;
}

WeightTensor TensorTable::take(const TensorName& name, std::initializer_list<int> shape) {
  const TensorView* tensor = find(name, {shape.begin(), shape.size()});
  if (tensor == nullptr) return {};
  WeightTensor weight{.tensor = *tensor, .scale = {}};
  if (tensor->type == DataType::kI16) {
    fail(Status::error("tensor '", name.text(), "' has the dtype I16, which only tables may have"));
    return {};
  }
  if (tensor->type == DataType::kI8) {
    const TensorView* scale = find_scale(name, tensor->shape[0], "I8");
    if (scale == nullptr) return {};
    weight.scale = *scale;
  }
  const bool checked = tensor->packed || tensor->data.size() > kCheckedBytes;
  if ((!checked && !all_finite(*tensor)) || !all_finite(weight.scale)) {
    fail(Status::error("tensor '", name.text(), "' has a value that is not finite"));
  }
  return weight;
}

WeightTensor TensorTable::take_table(const TensorName& name, int rows, int width) {
  const std::array<int, 2> shape{rows, width};
  const TensorView* tensor = find(name, shape);
  if (tensor == nullptr) return {};
  if (tensor->type != DataType::kI16) {
    fail(Status::error("tensor '", name.text(), "' is a table, whose dtype must be I16"));
    return {};
  }
  const TensorView* scale = find_scale(name, rows, "I16");
  if (scale == nullptr) return {};
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    const float unit = load<float>(scale->data.data() + sizeof(float) * row);
    if (unit >= 0 && unit <= kLargestUnit) continue;
    fail(Status::error("tensor '", scale->name,
                       "' has a value that is negative, too large or not finite"));
    return {};
  }
  return {.tensor = *tensor, .scale = *scale};
}

bool TensorTable::has_any(std::string_view prefix) const {
  return std::any_of(tensors_.begin(), tensors_.end(), [prefix](const TensorView& tensor) {
    return tensor.name.substr(0, prefix.size()) == prefix;
  });
}

LayerTensors TensorTable::take_convolution(const TensorName& name, const DenseShape& shape) {
  return {.weight = take(name + ".weight", {shape.outputs, shape.inputs, shape.taps}),
          .bias = take(name + ".bias", {shape.outputs})};
}

LayerTensors TensorTable::take_linear(const TensorName& name, const DenseShape& shape) {
  return {.weight = take(name + ".weight", {shape.outputs, shape.inputs}),
          .bias = take(name + ".bias", {shape.outputs})};
}

void TensorTable::ignore(std::string_view name) {
  find(name);
}

void TensorTable::fail(const Status& status) {
  if (status_.ok()) status_ = status;
}

Status TensorTable::finish() {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (!used_[i]) {
      fail(Status::error("the model has a tensor its decoder does not know: '", tensors_[i].name,
                         "'"));
    }
  }
  return status_;
}

}  // namespace sideband
