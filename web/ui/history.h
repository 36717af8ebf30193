// The last nine seconds of frame traces, one fixed ring per channel, and their reduction to
// columns.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace sideband::ui {

inline constexpr int kTraceFloats = 25;
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
  int frames = 0;    // 0: nothing to show there
  float weight = 0;  // of what pick_surest() found
};

inline constexpr int kMaxColumns = 2304;

// Frames of absolute column `column`, as far as they are held.
struct FrameSpan {
  std::int64_t begin, end;
};

inline FrameSpan frames_of(const History& history, std::int64_t column, double frames_per_column) {
  const double start = static_cast<double>(column) * frames_per_column;
  FrameSpan span{static_cast<std::int64_t>(std::ceil(start)),
                 static_cast<std::int64_t>(std::ceil(start + frames_per_column))};
  if (span.begin < history.oldest()) span.begin = history.oldest();
  if (span.end > history.count()) span.end = history.count();
  return span;
}

// Reduces `channel` to its extremes in columns of `frames_per_column` frames each. Column i covers
// the frames of absolute column first_column + i, so that its content does not change while it
// scrolls.
inline void reduce(const History& history, Channel channel, std::int64_t first_column,
                   double frames_per_column, int column_count, Column* out) {
  for (int i = 0; i < column_count; ++i) {
    const FrameSpan span = frames_of(history, first_column + i, frames_per_column);
    Column column;
    for (std::int64_t frame = span.begin; frame < span.end; ++frame) {
      const float value = history.at(channel, frame);
      if (column.frames == 0 || value < column.min) column.min = value;
      if (column.frames == 0 || value > column.max) column.max = value;
      ++column.frames;
    }
    out[i] = column;
  }
}

// The same, but a column shows the one frame whose `weight` channel is greatest and at least
// `min_weight`: for a pitch, whose extremes are mostly the tracker's slips.
inline void pick_surest(const History& history, Channel channel, Channel weight, float min_weight,
                        std::int64_t first_column, double frames_per_column, int column_count,
                        Column* out) {
  for (int i = 0; i < column_count; ++i) {
    const FrameSpan span = frames_of(history, first_column + i, frames_per_column);
    Column column;
    for (std::int64_t frame = span.begin; frame < span.end; ++frame) {
      const float w = history.at(weight, frame);
      if (w < min_weight || w <= column.weight) continue;
      column = {history.at(channel, frame), history.at(channel, frame), 1, w};
    }
    out[i] = column;
  }
}

}  // namespace sideband::ui
