// The last nine seconds of frame traces, one fixed ring per channel, and their reduction to
// columns.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace sideband::ui {

inline constexpr int kTraceFloats = 24;
inline constexpr int kMaxTraceBatch = 256;
inline constexpr float kFramesPerSecond = 250.0F;
inline constexpr int kHistoryFrames = 2304;

// Order of the floats of one trace; the levels take six places each.
enum class Channel : int {
  kPlayedF0 = 0,
  kPlayedConfidence,
  kPlayedLoudness,
  kF0,  // as the network saw it: transposed, offset
  kConfidence,
  kLoudness,
  kLevel1,
  kModelLevel1 = kLevel1 + 6,
  kNoiseLevel = kModelLevel1 + 6,
  kInputPeak,
  kOutputPeak,
};

constexpr Channel operator+(Channel channel, int offset) {
  return static_cast<Channel>(static_cast<int>(channel) + offset);
}

class History {
 public:
  // Values that are not finite are stored as 0.
  void push(const float* trace) {
    const auto at = static_cast<std::size_t>(count_ % kHistoryFrames);
    for (std::size_t c = 0; c < kTraceFloats; ++c) {
      data_[c][at] = std::isfinite(trace[c]) ? trace[c] : 0.0F;
    }
    ++count_;
  }

  // Frames received in all; the newest is count() − 1.
  std::int64_t count() const { return count_; }
  std::int64_t oldest() const { return count_ > kHistoryFrames ? count_ - kHistoryFrames : 0; }
  bool holds(std::int64_t frame) const { return frame >= oldest() && frame < count_; }

  float at(Channel channel, std::int64_t frame) const {
    return data_[static_cast<std::size_t>(channel)]
                [static_cast<std::size_t>(frame % kHistoryFrames)];
  }

 private:
  std::array<std::array<float, kHistoryFrames>, kTraceFloats> data_{};
  std::int64_t count_ = 0;
};

// What one pixel column of a strip shows.
struct Column {
  float min = 0;
  float max = 0;
  int frames = 0;    // 0: nothing was recorded there
  float weight = 0;  // greatest confidence in the column, where one was asked for
};

inline constexpr int kMaxColumns = 2304;

// Reduces `channel` to columns of `frames_per_column` frames each. Column i covers the frames of
// absolute column first_column + i, so that a column's content does not change while it scrolls.
// With `gate`, frames whose gate channel is below `gate_min` are left out.
inline void reduce(const History& history, Channel channel, std::int64_t first_column,
                   double frames_per_column, int column_count, Column* out,
                   const Channel* gate = nullptr, float gate_min = 0) {
  for (int i = 0; i < column_count; ++i) {
    Column column;
    const double start = static_cast<double>(first_column + i) * frames_per_column;
    auto frame = static_cast<std::int64_t>(std::ceil(start));
    auto end = static_cast<std::int64_t>(std::ceil(start + frames_per_column));
    if (frame < history.oldest()) frame = history.oldest();
    if (end > history.count()) end = history.count();
    for (; frame < end; ++frame) {
      float weight = 1;
      if (gate != nullptr) {
        weight = history.at(*gate, frame);
        if (weight < gate_min) continue;
      }
      const float value = history.at(channel, frame);
      if (column.frames == 0 || value < column.min) column.min = value;
      if (column.frames == 0 || value > column.max) column.max = value;
      if (weight > column.weight) column.weight = weight;
      ++column.frames;
    }
    out[i] = column;
  }
}

}  // namespace sideband::ui
