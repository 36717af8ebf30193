// A function of one number that has many values: known at evenly spaced knots, which lie in memory
// as 16-bit integers, and a straight line between two of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/util/arena.h"

namespace sideband {

struct Knots {
  float first = 0;
  float per_unit = 1;  // knots in a distance of 1
  int count = 2;

  float operator[](int n) const { return first + static_cast<float>(n) / per_unit; }
};

// A function's values as they lie in memory: value i at knot k is rows[k · width + i] · units[k],
// where width is rows.size() / units.size(). Both are empty where there is no table.
struct TableView {
  std::span<const std::int16_t> rows;
  std::span<const float> units;  // what a row's integers count
};

class TabulatedFunction {
 public:
  static std::size_t bytes(const Knots& knots, std::size_t width) {
    return static_cast<std::size_t>(knots.count) * (width * sizeof(std::int16_t) + sizeof(float));
  }

  void prepare(const Knots& knots, std::size_t width, Arena& arena);

  // What the function is at a knot; kept within 1/65534 of the largest of these values.
  void set(int knot, std::span<const float> values) noexcept;

  // The same as it lies in a file: `width` integers, not necessarily aligned, and what they count.
  void set_row(int knot, const std::byte* integers, float unit) noexcept;

  TableView view() const noexcept { return {rows_, unit_}; }

  bool covers(float x) const noexcept {
    const float place = (x - knots_.first) * knots_.per_unit;
    return place >= 0 && place <= static_cast<float>(knots_.count - 1);
  }

  // values += f(x), where covers(x).
  void add(float x, std::span<float> values) const noexcept;

 private:
  std::int16_t* row(int knot) const noexcept {
    return rows_.data() + static_cast<std::size_t>(knot) * width_;
  }

  Knots knots_;
  std::size_t width_ = 0;
  std::span<std::int16_t> rows_;
  std::span<float> unit_;  // what a row's integers count
};

}  // namespace sideband
