// Autocorrelations of the last hops at every lag, kept as one row of lag products per hop: a sum
// over any window of whole hops is then a sum of rows.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/analyzer/filters.h"
#include "core/util/timebase.h"

namespace sideband {

inline constexpr int kMaxLag = 336;  // samples: 48 Hz, a little below the lowest note
inline constexpr int kMaxWindowHops = 10;

// Arrays over lags run from the longest to the shortest, the order in which the products are made:
// entry i belongs to lag kMaxLag − i; lag 1 is the last.
using LagArray = std::array<float, kMaxLag>;

// A few neighbouring entries.
inline constexpr int kLagBlock = 8;
using LagBlock = std::array<float, kLagBlock>;

class LagProducts {
 public:
  LagProducts();

  // [audio-thread]
  void reset() noexcept;

  // [audio-thread] Takes one hop of audio at 16 kHz.
  void push(std::span<const float> hop) noexcept;

  // Σ x[n] · x[n − lag] over the newest `short_hops` hops and over the newest `long_hops`, for the
  // entries from `first` on. 1 ≤ short_hops ≤ long_hops ≤ kMaxWindowHops.
  void sum_rows(int short_hops, int long_hops, int first, LagBlock& short_sum,
                LagBlock& long_sum) const noexcept;

  // The band-limited sound, oldest first, up to the newest sample.
  std::span<const float> signal() const noexcept { return signal_; }

  // Σ x[n − lag]² over the newest `hops` hops, for the entries from `first` on.
  LagBlock delayed_energy(int hops, int first) const noexcept {
    const double* end = &energy_[static_cast<std::size_t>(kHistorySamples - kMaxLag + first)];
    const double* begin = end - static_cast<std::ptrdiff_t>(hops * kHopSamples);
    LagBlock energy;
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kLagBlock; ++v) energy[v] = static_cast<float>(end[v] - begin[v]);
    return energy;
  }

  // Σ x[n] · x[n − lag] over the last hop of `signal`, of which there are kMaxLag + kHopSamples.
  static void correlate(std::span<const float> signal, LagArray& row) noexcept;

  // Σ x² over `hops` hops that end `samples_ago` samples ago.
  float energy(int hops, int samples_ago) const noexcept {
    const auto end = static_cast<std::size_t>(kHistorySamples - samples_ago);
    return static_cast<float>(energy_[end] -
                              energy_[end - static_cast<std::size_t>(hops * kHopSamples)]);
  }

 private:
  static constexpr int kSignalSamples = 704;  // as much as harmonic evidence asks for
  static_assert(kSignalSamples >= kMaxLag + kHopSamples);
  static constexpr int kHistorySamples = 992;
  static_assert(kHistorySamples >= kMaxLag + kMaxWindowHops * kHopSamples);

  Biquad highpass_;
  Biquad lowpass_;
  std::array<float, kSignalSamples> signal_{};        // oldest first
  std::array<double, kHistorySamples + 1> energy_{};  // running sum of squares, rebased every hop
  std::array<LagArray, kMaxWindowHops> rows_{};       // of each hop alone
  int newest_ = 0;
};

}  // namespace sideband
