// A value that goes to its target in a straight line, so that no edit clicks.
#pragma once

namespace sideband {

class Ramp {
 public:
  explicit Ramp(float value = 0) : value_(value), target_(value) {}

  // At once, without a ramp.
  void jump(float value) noexcept {
    value_ = target_ = value;
    steps_left_ = 0;
  }

  // Reaches `target` after `steps` calls of next(); a ramp under way to the same target goes on.
  void aim(float target, int steps) noexcept {
    if (target == target_) return;
    target_ = target;
    steps_left_ = steps > 0 ? steps : 1;
    step_ = (target_ - value_) / static_cast<float>(steps_left_);
  }

  float next() noexcept {
    if (steps_left_ > 0) {
      --steps_left_;
      value_ = steps_left_ == 0 ? target_ : value_ + step_;
    }
    return value_;
  }

  float value() const noexcept { return value_; }
  float target() const noexcept { return target_; }
  bool moving() const noexcept { return steps_left_ > 0; }

 private:
  float value_;
  float target_;
  float step_ = 0;
  int steps_left_ = 0;
};

}  // namespace sideband
