// Draws less often where the machine cannot keep up, so that pictures never cost sound.
#pragma once

#include <algorithm>

namespace sideband::ui {

// Without a GPU, drawing takes the processor time that the audio thread needs. The browser then
// calls back late; drawing every second (third, fourth) time gives the time back.
class FramePacer {
 public:
  // At every callback of the browser; says whether to draw at this one.
  bool tick(double now_s) {
    const double interval = now_s - last_tick_s_;
    last_tick_s_ = now_s;
    constexpr double kPauseS = 1;  // longer: the page was hidden, or had nothing to draw
    if (interval < kPauseS) interval_s_ += 0.08 * (std::min(interval, 0.1) - interval_s_);
    if (now_s - changed_s_ > kJudgeS) {
      if (interval_s_ > kLateS && every_ < kSlowest) {
        ++every_;
        changed_s_ = now_s;
      } else if (interval_s_ < kOnTimeS && every_ > 1 && now_s - changed_s_ > retry_s_) {
        --every_;  // try again; should it fail soon, the next try waits twice as long
        retry_s_ = std::min(2 * retry_s_, 120.0);
        changed_s_ = now_s;
      }
    }
    if (++skipped_ < every_) return false;
    skipped_ = 0;
    return true;
  }

  int every() const { return every_; }

 private:
  static constexpr double kLateS = 1.0 / 42;  // callbacks at 60 Hz should come every 16.7 ms
  static constexpr double kOnTimeS = 1.0 / 52;
  static constexpr double kJudgeS = 0.6;  // after a change, before the next
  static constexpr int kSlowest = 4;

  double last_tick_s_ = 0;
  double interval_s_ = 1.0 / 60;
  double changed_s_ = 0;
  double retry_s_ = 4;
  int every_ = 1;
  int skipped_ = 0;
};

}  // namespace sideband::ui
