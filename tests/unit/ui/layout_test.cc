#include "web/ui/layout.h"

#include <gtest/gtest.h>

#include <utility>

namespace sideband::ui {
namespace {

constexpr std::pair<float, float> kSizes[] = {{320, 480},   {360, 740},  {679, 900},  {680, 400},
                                              {768, 1024},  {1099, 700}, {1100, 600}, {1280, 800},
                                              {1920, 1080}, {3840, 2160}};

bool overlap(const Area& a, const Area& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

TEST(Layout, PanelsStayInsideAndApartAtEverySize) {
  for (const auto& [width, height] : kSizes) {
    for (const bool part : {true, false}) {
      SCOPED_TRACE(testing::Message() << width << " × " << height << ", parts " << part);
      const Layout layout = arrange(width, height, {part, part});
      for (std::size_t i = 0; i < kPanels; ++i) {
        const Area& a = layout.panel[i];
        const auto which = static_cast<Panel>(i);
        if (which == Panel::kTransport || which == Panel::kModels) {
          EXPECT_EQ(a.height > 0, part);
        } else {
          EXPECT_GT(a.height, 0);
        }
        if (a.height <= 0) continue;
        EXPECT_GE(a.x, 0);
        EXPECT_GE(a.y, 0);
        EXPECT_GE(a.width, 250);
        EXPECT_LE(a.x + a.width, width);
        EXPECT_LE(a.y + a.height, layout.height);
        for (std::size_t j = i + 1; j < kPanels; ++j) {
          if (layout.panel[j].height > 0) {
            EXPECT_FALSE(overlap(a, layout.panel[j])) << i << " and " << j;
          }
        }
      }
    }
  }
}

TEST(Layout, ColumnsFollowTheWidth) {
  EXPECT_EQ(arrange(360, 740, {}).columns, 1);
  EXPECT_EQ(arrange(768, 1024, {}).columns, 2);
  EXPECT_EQ(arrange(1280, 800, {}).columns, 3);
}

TEST(Layout, FillsATallWindowAndScrollsInALowOne) {
  EXPECT_FLOAT_EQ(arrange(1280, 1400, {}).height, 1400);
  EXPECT_FLOAT_EQ(arrange(1280, 1250, {}).height, 1250);
  EXPECT_GT(arrange(1280, 500, {}).height, 500);
  EXPECT_GT(arrange(360, 740, {}).height, 740);
}

// The strips share one time axis: their left and right edges must line up.
TEST(Layout, StripsAreAligned) {
  for (const auto& [width, height] : kSizes) {
    const Layout layout = arrange(width, height, {});
    for (const Panel strip : {Panel::kLoudness, Panel::kEnvelopes}) {
      EXPECT_FLOAT_EQ(layout.of(strip).x, layout.of(Panel::kPitch).x);
      EXPECT_FLOAT_EQ(layout.of(strip).width, layout.of(Panel::kPitch).width);
    }
  }
}

}  // namespace
}  // namespace sideband::ui
