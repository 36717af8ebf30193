// The spectrum over time: a ring of columns, each a few frames wide, on a logarithmic frequency
// axis.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "web/ui/output_picture.h"

namespace sideband::ui {

class Spectrogram {
 public:
  static constexpr int kColumns = 256;  // over nine seconds; a power of two, as the texture's width
  static constexpr int kRows = 160;
  static constexpr int kFramesPerColumn = 9;
  static constexpr float kLowHz = 60;
  static constexpr float kHighHz = 14000;
  static constexpr float kFloorDb = -96;
  static constexpr int kLongestRepeat = 20;  // columns: pictures may come late

  static float hz_of_row(float row) {  // row 0 is the lowest
    return kLowHz * std::pow(kHighHz / kLowHz, row / static_cast<float>(kRows));
  }

  // The picture as it is at `frame`; columns that were skipped repeat it, older ones are blank.
  void push(const OutputPicture& picture, std::int64_t frame) {
    const std::int64_t column = frame / kFramesPerColumn;
    if (column <= newest_) return;
    std::int64_t from = newest_ + 1;
    if (column - newest_ > kLongestRepeat) {  // a pause: the ring is blank in between
      for (std::int64_t c = std::max(from, column - kColumns); c < column; ++c) clear(c);
      from = column;
    }
    for (std::int64_t c = from; c <= column; ++c) fill(picture, c);
    newest_ = column;
  }

  std::int64_t newest() const { return newest_; }
  const std::array<std::uint8_t, kRows>& column(std::int64_t which) const {
    return level_[static_cast<std::size_t>(which % kColumns)];
  }

 private:
  void clear(std::int64_t which) { level_[static_cast<std::size_t>(which % kColumns)].fill(0); }

  void fill(const OutputPicture& picture, std::int64_t which) {
    auto& levels = level_[static_cast<std::size_t>(which % kColumns)];
    for (int row = 0; row < kRows; ++row) {
      const float low = hz_of_row(static_cast<float>(row));
      const float high = hz_of_row(static_cast<float>(row + 1));
      const float db = high < picture.top_hz() ? picture.loudest(low, high) : kFloorDb;
      const float share = std::clamp(1 - db / kFloorDb, 0.0F, 1.0F);
      levels[static_cast<std::size_t>(row)] = static_cast<std::uint8_t>(255 * share);
    }
  }

  std::array<std::array<std::uint8_t, kRows>, kColumns> level_{};
  std::int64_t newest_ = -1;
};

}  // namespace sideband::ui
