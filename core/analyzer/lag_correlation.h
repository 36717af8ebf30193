// Normalised autocorrelation over a window that grows with the lag: how well the sound repeats
// itself after each lag, 1 = exactly.
#pragma once

#include <cstdint>
#include <span>

#include "core/analyzer/lag_products.h"

namespace sideband {

// fit(τ) = 2 Σ x[n] x[n−τ] / Σ (x[n]² + x[n−τ]²), sums over the window (McLeod and Wyvill, "A
// smarter way to find pitch", 2005).
class LagCorrelation {
 public:
  // Lags up to max_lag use so many hops in the one window and in the other; ascending, the last
  // entry covers kMaxLag.
  struct Step {
    int max_lag;
    int short_hops;
    int long_hops;
  };

  // [audio-thread] After each hop, over two windows at once: the longer one's sums begin with the
  // shorter one's.
  static void update(const LagProducts& products, std::span<const Step> steps,
                     LagCorrelation& short_window, LagCorrelation& long_window) noexcept;

  // [audio-thread] The same over the newest hop alone, for a note that has just begun: sums of
  // rising products are divided by the geometric mean of the two energies, so that a loud period
  // after a soft one fits as well as after a loud one. What decays gets no such favour: it is
  // ringing.
  void update_attack(const LagProducts& products) noexcept;

  // [audio-thread] The same over the last hop of `signal`, kMaxLag + kHopSamples of it.
  void update_attack(std::span<const float> signal) noexcept;

  float at(int index) const noexcept { return fit_[static_cast<std::size_t>(index)]; }

  // Whether an entry is at least `least`, which is above 0, and higher than its neighbours. As
  // integers, floats compare as they do as floats where one of them is positive, and cheaply
  // everywhere.
  bool has_peak(int index, float least) const noexcept {
    const std::int32_t fit = __builtin_bit_cast(std::int32_t, at(index));
    return fit >= __builtin_bit_cast(std::int32_t, least) &&
           fit >= __builtin_bit_cast(std::int32_t, at(index - 1)) &&
           fit > __builtin_bit_cast(std::int32_t, at(index + 1));
  }

  // Value between whole lags, by the parabola through the three nearest.
  float at_lag(float lag) const noexcept;

  // The highest point near entry `index`, between whole lags.
  struct Peak {
    float lag;
    float fit;
  };
  Peak peak_near(int index) const noexcept;

 private:
  void normalise(const LagProducts& products, int hops, int first, const LagBlock& sum) noexcept;

  LagArray fit_{};
};

}  // namespace sideband
