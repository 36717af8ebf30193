// Normalised autocorrelation over a window that grows with the lag: how well the sound repeats
// itself after each lag, 1 = exactly.
#pragma once

#include "core/analyzer/lag_products.h"

namespace sideband {

// fit(τ) = 2 Σ x[n] x[n−τ] / Σ (x[n]² + x[n−τ]²), sums over the window (McLeod and Wyvill, "A
// smarter way to find pitch", 2005).
class LagCorrelation {
 public:
  // Lags up to max_lag use `hops` hops; ascending, the last entry covers kMaxLag.
  struct Step {
    int max_lag;
    int hops;
  };
  static constexpr int kMaxSteps = 5;
  using Steps = std::array<Step, kMaxSteps>;

  explicit LagCorrelation(const Steps& steps) : steps_(steps) {}

  // [audio-thread] After each hop.
  void update(const LagProducts& products) noexcept;

  // [audio-thread] The same over the newest hop alone, for a note that has just begun: sums of
  // rising products are divided by the geometric mean of the two energies, so that a loud period
  // after a soft one fits as well as after a loud one. What decays gets no such favour: it is
  // ringing.
  void update_attack(const LagProducts& products) noexcept;

  float at(int index) const noexcept { return fit_[static_cast<std::size_t>(index)]; }

  // Value between whole lags, by the parabola through the three nearest.
  float at_lag(float lag) const noexcept;

  // The highest point near entry `index`, between whole lags.
  struct Peak {
    float lag;
    float fit;
  };
  Peak peak_near(int index) const noexcept;

 private:
  Steps steps_;
  LagArray fit_{};
};

}  // namespace sideband
