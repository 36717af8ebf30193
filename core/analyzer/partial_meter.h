// The partials of a period that a sound may have: how strong each is, and how far off its place.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/util/simd.h"

namespace sideband {

inline constexpr std::size_t kPartials = 16;
inline constexpr int kMinEvidenceSamples = 128;

struct Partials {
  std::array<float, kPartials> amplitude{};
  std::array<float, kPartials> drift{};  // frequency, in units of 1 / T, less k
  std::size_t heard = 0;                 // partials below what the analyzer's lowpass leaves

  float sum_of_multiples(std::size_t q) const noexcept {
    float sum = 0;
    for (std::size_t k = q; k <= heard; k += q) sum += amplitude[k - 1];
    return sum;
  }
};

// Each partial under a Hann window of an even number of periods, whose nulls lie on the
// neighbouring partials; its frequency from the phase it gains between two such windows.
class PartialMeter {
 public:
  // From the newest of `signal` (oldest first, 16 kHz), which must stay; `period` in samples. Uses
  // at least kMinEvidenceSamples.
  PartialMeter(std::span<const float> signal, float period) noexcept;

  // Fills in every partial's amplitude and, where the processor has vectors, its drift.
  Partials measure() noexcept;

  // Fills in the drift of partial k − 1 for each k of `wanted` that it still lacks.
  void measure_drift(std::span<const std::size_t> wanted, Partials& partials) noexcept;

 private:
  static constexpr std::size_t kDriftSamples = 48;  // from one window to the other
  static constexpr std::size_t kMaxWindowSamples = 704;
  using Values = std::array<float, kPartials>;

  std::size_t heard() const noexcept;
  float drift(std::size_t k) const noexcept;

  float period_;
  std::size_t window_samples_;
  std::span<const float> newest_;
  Values step_re_, step_im_;  // what each partial turns in a sample, backwards
  Values now_re_{}, now_im_{}, before_re_{}, before_im_{};

#if defined(SIDEBAND_M_PROFILE)
  static constexpr std::size_t kGranule = 8;
  void set_weights() noexcept;

  std::size_t lead_;  // older samples of no weight in the newer window
  // Zeros on both sides: each window's weight is 0 where only the other one reaches.
  std::array<float, kMaxWindowSamples + 2 * kDriftSamples + kGranule> weights_;
#else
  class Window;
  struct Resonators;
  template <int Samples>
  struct Stride;
  template <int Samples>
  void add_all_up(const Window& newer, const Window& older, std::size_t heard) noexcept;
  template <int Vectors, int Samples>
  void add_up(const Window& newer, const Window& older, std::size_t first) noexcept;
  template <int Samples>
  void finish(const Stride<Samples>& stride, const Resonators& state, const float* last,
              std::size_t first, Values& re, Values& im) noexcept;
#endif
};

}  // namespace sideband
