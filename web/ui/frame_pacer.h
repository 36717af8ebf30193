// Draws less often where the machine cannot keep up, so that pictures never cost sound.
#pragma once

#include <algorithm>

namespace sideband::ui {

// Without a GPU, drawing takes the processor time that the audio thread needs, and the browser
// calls back late. The pacer then rests after each picture for as long as the picture took.
class FramePacer {
 public:
  // At every callback of the browser; says whether to draw at this one.
  bool tick(double now_s) {
    const double interval = now_s - last_tick_s_;
    last_tick_s_ = now_s;
    constexpr double kPauseS = 1;  // longer: the page was hidden, or had nothing to draw
    if (interval < kPauseS) interval_s_ += 0.08 * (std::min(interval, 0.1) - interval_s_);
    judge(now_s);

    ++callbacks_;
    if (callbacks_ == 1) picture_s_ = std::min(interval, kPauseS);
    if (resting_ && (callbacks_ < 2 || now_s - drawn_s_ < 2 * picture_s_ - kJitterS)) return false;
    callbacks_ = 0;
    drawn_s_ = now_s;
    return true;
  }

  bool resting() const { return resting_; }

 private:
  static constexpr double kLateS = 1.0 / 42;  // callbacks at 60 Hz should come every 16.7 ms
  static constexpr double kOnTimeS = 1.0 / 52;
  static constexpr double kJudgeS = 0.6;  // after a change, before the next
  static constexpr double kJitterS = 0.004;

  void judge(double now_s) {
    const double since_s = now_s - changed_s_;
    if (!resting_ && interval_s_ > kLateS && since_s > kJudgeS) {
      resting_ = true;
      changed_s_ = now_s;
    } else if (resting_ && interval_s_ < kOnTimeS && since_s > retry_s_) {
      resting_ = false;  // should it fail soon, the next try waits twice as long
      retry_s_ = std::min(2 * retry_s_, 120.0);
      changed_s_ = now_s;
    }
  }

  double last_tick_s_ = 0;
  double interval_s_ = 1.0 / 60;  // smoothed
  double changed_s_ = 0;
  double retry_s_ = 4;
  double drawn_s_ = 0;
  double picture_s_ = 0;  // from the last picture to the callback after it
  int callbacks_ = 0;     // since the last picture
  bool resting_ = false;
};

}  // namespace sideband::ui
