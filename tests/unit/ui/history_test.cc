#include "web/ui/history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace sideband::ui {
namespace {

std::array<float, kTraceFloats> trace_of(float value, float confidence = 1) {
  std::array<float, kTraceFloats> trace{};
  trace[static_cast<std::size_t>(Channel::kLevel1)] = value;
  trace[static_cast<std::size_t>(Channel::kConfidence)] = confidence;
  return trace;
}

float wave(std::int64_t frame) {
  return std::sin(0.37F * static_cast<float>(frame));
}

TEST(History, KeepsTheNewestFramesAndForgetsTheOldest) {
  History history;
  for (int i = 0; i < kHistoryFrames + 500; ++i) history.push(trace_of(wave(i)).data());
  EXPECT_EQ(history.count(), kHistoryFrames + 500);
  EXPECT_EQ(history.oldest(), 500);
  EXPECT_FALSE(history.holds(499));
  for (std::int64_t i = history.oldest(); i < history.count(); ++i) {
    ASSERT_EQ(history.at(Channel::kLevel1, i), wave(i));
  }
}

TEST(History, NeverStoresWhatIsNotFinite) {
  History history;
  history.push(trace_of(std::numeric_limits<float>::quiet_NaN()).data());
  history.push(trace_of(std::numeric_limits<float>::infinity()).data());
  EXPECT_EQ(history.at(Channel::kLevel1, 0), 0);
  EXPECT_EQ(history.at(Channel::kLevel1, 1), 0);
}

TEST(Reduce, EveryPeakSurvives) {
  History history;
  for (int i = 0; i < 2000; ++i)
    history.push(trace_of(i == 777 ? 9.0F : i == 1234 ? -9.0F : 0).data());
  std::vector<Column> columns(300);
  reduce(history, Channel::kLevel1, 0, 7.3, 300, columns.data());
  float low = 0;
  float high = 0;
  int frames = 0;
  for (const Column& column : columns) {
    low = std::min(low, column.min);
    high = std::max(high, column.max);
    frames += column.frames;
  }
  EXPECT_EQ(low, -9);
  EXPECT_EQ(high, 9);
  EXPECT_EQ(frames, 2000);
}

// A column that has scrolled must show what it showed before, or the curve would shimmer.
TEST(Reduce, ColumnsDoNotChangeWhileTheyScroll) {
  History history;
  for (int i = 0; i < 2000; ++i) history.push(trace_of(wave(i)).data());
  std::vector<Column> before(100);
  reduce(history, Channel::kLevel1, 50, 6.7, 100, before.data());
  for (int i = 2000; i < 2100; ++i) history.push(trace_of(wave(i)).data());
  std::vector<Column> after(100);
  reduce(history, Channel::kLevel1, 60, 6.7, 100, after.data());
  for (std::size_t i = 0; i + 10 < after.size(); ++i) {
    ASSERT_EQ(before[i + 10].min, after[i].min);
    ASSERT_EQ(before[i + 10].max, after[i].max);
  }
}

TEST(PickSurest, ShowsTheFrameOfGreatestConfidenceOrNothing) {
  History history;
  for (int i = 0; i < 100; ++i) {
    history.push(trace_of(static_cast<float>(i), i < 50 ? 0.05F : i == 63 ? 0.9F : 0.8F).data());
  }
  std::vector<Column> columns(10);
  pick_surest(history, Channel::kLevel1, Channel::kConfidence, 0.5F, 0, 10, 10, columns.data());
  EXPECT_EQ(columns[4].frames, 0);
  EXPECT_EQ(columns[6].frames, 1);
  EXPECT_EQ(columns[6].min, 63);
  EXPECT_EQ(columns[6].max, 63);
  EXPECT_FLOAT_EQ(columns[6].weight, 0.9F);
}

}  // namespace
}  // namespace sideband::ui
