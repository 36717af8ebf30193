// A note that begins while another one, or its echo, still sounds.
#pragma once

#include <array>

#include "core/analyzer/lag_correlation.h"
#include "core/analyzer/lag_products.h"

namespace sideband {

// While both sound, the old note hides the new one's period. But the old one repeats itself: what
// the sound has beyond itself one period ago is the new note alone, coloured by a comb. Where that
// rises suddenly and has a period of its own, a note has begun.
class RisingNote {
 public:
  // [audio-thread] Forgets the note that rises.
  void reset() noexcept;

  // [audio-thread] After each hop of `products`, where a note of followed_period samples, or none
  // (0), was heard a hop ago. Periods from min_period to max_period samples are looked for.
  void find(const LagProducts& products, float followed_period, float min_period,
            float max_period) noexcept;

  // Of the note that rises, in samples; 0 where none does.
  float period_samples() const noexcept { return period_; }
  // How well that period explains what the old note does not, ≤ 1.
  float fit() const noexcept { return fit_; }

 private:
  static constexpr int kSpanSamples = kMaxLag + kHopSamples;
  using Span = std::array<float, kSpanSamples>;  // oldest first

  struct NewestHop {
    float energy;       // Σ x²
    float unexplained;  // the same of what the old note does not explain
    float repeated;     // how much of the old note is still there, 0–1
    float change;       // of the energy since one period ago, as a ratio ≥ 1
  };
  NewestHop compare(const LagProducts& products) noexcept;
  void subtract(const LagProducts& products, float repeated) noexcept;
  LagCorrelation::Peak shortest_period(float min_period, float max_period) const noexcept;
  bool is_of_old_note(const LagCorrelation::Peak& peak, float share, float change) const noexcept;

  Span beyond_{};  // the sound less the old note
  LagCorrelation correlation_;
  std::array<float, 3> unexplained_{};  // of the last hops; a note that has just begun has none yet
  int hops_ = 0;
  float old_period_ = 0;
  float period_ = 0;
  float fit_ = 0;
};

}  // namespace sideband
