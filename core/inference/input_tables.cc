#include "core/inference/input_tables.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "core/util/copy_floats.h"

namespace sideband {
namespace {

constexpr std::size_t kBytesAtOnce = 128U << 10U;  // below 0.1 ms

}  // namespace

InputTables::Stored InputTables::take_stored(TensorTable& table, int width) {
  const std::string_view prefix = "decoder.tables.";
  if (!table.has_any(prefix)) return {};
  const TensorName tables(prefix);
  return {table.take_table(tables + "pitch", kKnots[0].count(), width),
          table.take_table(tables + "loudness", kKnots[1].count(), width)};
}

void InputTables::prepare(std::size_t width, Arena& arena, const Stored& stored) {
  stored_ = stored;
  for (std::size_t i = 0; i < kInputs; ++i) functions_[i].prepare(kKnots[i], width, arena);
  at_first_ = arena.take<float>(width);
  asked_ = 0;
}

bool InputTables::copy_some() noexcept {
  if (stored_[0].tensor.data.empty()) return false;
  for (std::size_t copied = 0; !filled() && copied < kBytesAtOnce; ++asked_) {
    const std::size_t input = asked_ < kKnots[0].count() ? 0 : 1;
    const int knot = input == 0 ? asked_ : asked_ - kKnots[0].count();
    const std::span<const std::byte> rows = stored_[input].tensor.data;
    const auto row_bytes = rows.size() / static_cast<std::size_t>(kKnots[input].count());
    const auto at = static_cast<std::size_t>(knot);
    float unit = 0;
    std::memcpy(&unit, &stored_[input].scale.data[at * sizeof(unit)], sizeof(unit));
    functions_[input].set_row(knot, &rows[at * row_bytes], unit);
    copied += row_bytes;
  }
  return true;
}

std::size_t InputTables::ask(const Frames& inputs) const noexcept {
  for (std::size_t n = 0; n < inputs.count; ++n) {
    const int question = asked_ + static_cast<int>(n);
    const int pitch = question < kKnots[0].count() ? question : 0;
    const int loudness = std::clamp(question - kKnots[0].count(), 0, kKnots[1].count() - 1);
    inputs[n][0] = kKnots[0][pitch];
    inputs[n][1] = kKnots[1][loudness];
  }
  const int count = static_cast<int>(inputs.count);
  if (asked_ >= count && asked_ + count <= kKnots[0].count()) return 0;
  if (asked_ - count >= kKnots[0].count()) return 1;
  return kInputs;
}

void InputTables::answer(const Frames& values) noexcept {
  for (std::size_t n = 0; n < values.count && !filled(); ++n, ++asked_) {
    const std::span<float> value = values[n];
    if (asked_ == 0) copy_floats(value.data(), value.size(), at_first_.data());
    if (asked_ < kKnots[0].count()) {
      functions_[0].set(asked_, value);
    } else {
      for (std::size_t i = 0; i < value.size(); ++i) value[i] -= at_first_[i];
      functions_[1].set(asked_ - kKnots[0].count(), value);
    }
  }
}

bool InputTables::cover(const ConstFrames& inputs) const noexcept {
  if (!filled()) return false;
  for (std::size_t n = 0; n < inputs.count; ++n) {
    for (std::size_t i = 0; i < kInputs; ++i) {
      if (!functions_[i].covers(inputs[n][i])) return false;
    }
  }
  return true;
}

void InputTables::look_up(std::span<const float> input, std::span<float> values) const noexcept {
  std::fill(values.begin(), values.end(), 0.0F);
  for (std::size_t i = 0; i < kInputs; ++i) functions_[i].add(input[i], values);
}

}  // namespace sideband
