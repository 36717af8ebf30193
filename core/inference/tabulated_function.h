// A function of one number that has many values: known at knots, where they lie in memory as 16-bit
// integers, and a straight line between two of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/util/arena.h"

namespace sideband {

// Evenly spaced knots; the next stretch begins one distance after the last of them.
struct KnotStretch {
  float first = 0;
  float per_unit = 1;  // knots in a distance of 1
  int count = 0;
};

// Stretch by stretch, each as fine as its part of the function is bent. Those that are left out, at
// the end, have no knots.
struct Knots {
  static constexpr std::size_t kStretches = 3;
  std::array<KnotStretch, kStretches> stretches;

  constexpr int count() const {
    int sum = 0;
    for (const KnotStretch& stretch : stretches) sum += stretch.count;
    return sum;
  }

  // Where knot n is.
  float operator[](int n) const {
    std::size_t s = 0;
    while (s + 1 < kStretches && n >= stretches[s].count) n -= stretches[s++].count;
    return stretches[s].first + static_cast<float>(n) / stretches[s].per_unit;
  }

  // The reverse: between two knots, how far it is. Below 0 or beyond count() − 1 for what is
  // outside, not a number for what is none.
  float place(float x) const {
    std::size_t s = 0;
    int before = 0;
    while (s + 1 < kStretches && stretches[s + 1].count > 0 && x >= stretches[s + 1].first) {
      before += stretches[s++].count;
    }
    return static_cast<float>(before) + (x - stretches[s].first) * stretches[s].per_unit;
  }
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
    return static_cast<std::size_t>(knots.count()) * (width * sizeof(std::int16_t) + sizeof(float));
  }

  void prepare(const Knots& knots, std::size_t width, Arena& arena);

  // What the function is at a knot; kept within 1/65534 of the largest of these values.
  void set(int knot, std::span<const float> values) noexcept;

  // The same as it lies in a file: `width` integers, not necessarily aligned, and what they count.
  void set_row(int knot, const std::byte* integers, float unit) noexcept;

  TableView view() const noexcept { return {rows_, unit_}; }

  bool covers(float x) const noexcept {
    const float place = knots_.place(x);
    return place >= 0 && place <= static_cast<float>(last_);
  }

  // values += f(x), where covers(x).
  void add(float x, std::span<float> values) const noexcept;

 private:
  std::int16_t* row(int knot) const noexcept {
    return rows_.data() + static_cast<std::size_t>(knot) * width_;
  }

  Knots knots_{};
  int last_ = -1;  // knot
  std::size_t width_ = 0;
  std::span<std::int16_t> rows_;
  std::span<float> unit_;  // what a row's integers count
};

}  // namespace sideband
