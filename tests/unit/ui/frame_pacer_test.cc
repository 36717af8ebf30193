#include "web/ui/frame_pacer.h"

#include <gtest/gtest.h>

namespace sideband::ui {
namespace {

// A machine whose picture takes `draw_s`: the browser's next callback comes that much later.
struct Machine {
  explicit Machine(double seconds_per_picture) : draw_s(seconds_per_picture) {}

  double draw_s;
  double now_s = 10;
  FramePacer pacer;

  // Pictures per second over the given time.
  double run(double seconds) {
    const double end = now_s + seconds;
    int drawn = 0;
    while (now_s < end) {
      const bool draw = pacer.tick(now_s);
      drawn += draw ? 1 : 0;
      now_s += draw && draw_s > 1.0 / 60 ? draw_s : 1.0 / 60;
    }
    return drawn / seconds;
  }
};

TEST(FramePacer, DrawsEveryFrameWhereThereIsTime) {
  Machine machine(0.004);
  EXPECT_NEAR(machine.run(10), 60, 0.5);
}

TEST(FramePacer, DrawsLessOftenWhereDrawingIsSlow) {
  Machine machine(0.060);
  machine.run(10);
  EXPECT_TRUE(machine.pacer.resting());
  // Half of the time goes into pictures; without pacing all of it would.
  EXPECT_LT(machine.run(30) * machine.draw_s, 0.55);
  EXPECT_GT(machine.run(10), 5);
}

TEST(FramePacer, NeverLeavesOutMoreThanHalfWhereCallbacksAreRare) {
  FramePacer pacer;
  int drawn = 0;
  for (int i = 0; i < 400; ++i) drawn += pacer.tick(10 + 0.12 * i) ? 1 : 0;
  EXPECT_TRUE(pacer.resting());
  EXPECT_GE(drawn, 200);
}

TEST(FramePacer, ComesBackWhenTheMachineIsFreeAgain) {
  Machine machine(0.080);
  machine.run(10);
  machine.draw_s = 0.003;
  machine.run(300);
  EXPECT_FALSE(machine.pacer.resting());
}

TEST(FramePacer, APausedPageIsNotASlowMachine) {
  Machine machine(0.004);
  machine.run(3);
  machine.now_s += 600;
  machine.run(2);
  EXPECT_FALSE(machine.pacer.resting());
}

}  // namespace
}  // namespace sideband::ui
