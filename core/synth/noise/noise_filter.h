// White noise through a filter given as 65 band magnitudes, a new one every hop, at 16 kHz.
//
// Hop k, exactly (the trainer's twin computes the same, with its own random numbers):
//   x_k[n]   64 samples, uniform in [−1, 1)                          (variance 1/3)
//   z_k      irfft(m_k, 128): m_k[b] is the gain at b·125 Hz, phase zero, z[0] the centre
//   h_k[i]   z_k[(i + 64) mod 128] · (0.5 − 0.5·cos(2πi/128))        i = 0…127, periodic Hann
//   y        Σ_k (x_k ∗ h_k)[n − 64k]                                overlap-added: 191 samples per
//   hop
// so y is causal, lags the zero-phase result by 64 samples (4 ms), and has no seams: each noise
// sample rings out through the filter of its own hop. Multiplying by the Hann window in time is
// smoothing over bands: the gain at band b is m[b]/2 + (m[b − 1] + m[b + 1])/4, mirrored at both
// ends; equal bands of 1 leave the noise as it is.
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <span>

#include "core/inference/controls.h"
#include "core/util/arena.h"
#include "core/util/fft.h"
#include "core/util/rng.h"
#include "core/util/status.h"
#include "core/util/timebase.h"

namespace sideband {

class NoiseFilter {
 public:
  Status prepare(std::uint32_t seed, Arena& arena);

  // [audio-thread] Silence, and the same noise from its start.
  void reset() noexcept;

  // [audio-thread] One hop at 16 kHz; `gain` scales the noise before the filter and ramps over the
  // hop. NaN and Inf in a band count as 0.
  void render(std::span<const float, kNoiseBands> band, float gain,
              std::span<float, kHopSamples> out) noexcept;

 private:
  static constexpr std::size_t kTaps = 2 * (kNoiseBands - 1);

  void design(std::span<const float, kNoiseBands> band) noexcept;

  RealFft fft_;
  Rng rng_;
  std::uint32_t seed_ = 1;
  float gain_ = 0;
  bool primed_ = false;
  std::array<float, kTaps> window_{};  // Hann, and the 1/128 of the inverse transform
  std::array<std::complex<float>, kNoiseBands> spectrum_{};
  std::array<float, kTaps> zero_phase_{};
  alignas(32) std::array<float, kTaps> taps_{};
  alignas(32) std::array<float, kTaps + kHopSamples> ringing_{};  // overlap-add, oldest first
};

}  // namespace sideband
