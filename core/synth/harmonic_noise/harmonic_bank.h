// A hundred harmonics of f0 from one phase, by Clenshaw's recurrence.
//
//   out(n) = Σ_k s_k · a_k(n) · sin(2π·k·phase(n)),  a_k(n) from frame to frame in a straight line
// s_k = ±1: the first eight partials are in phase, as the original has all of them and as bow and
// lips make them; further up the signs are those of the Rudin-Shapiro sequence, whose sums have no
// peak. All in phase, a bright frame (a piano's hammer) is an edge once a period, which is heard as
// a click; spectra are the same, and a violin's and a trumpet's crest factors nearer the real ones.
// The sum over k is b_1·sin θ with b_k = a_k + 2·cos θ·b_{k+1} − b_{k+2}: five operations per
// harmonic, four samples to a vector. In double, because near θ = 0 the recurrence loses k² in
// precision. A harmonic fades out over the last 2 % below the output's Nyquist frequency.
#pragma once

#include <array>
#include <span>

#include "core/inference/controls.h"
#include "core/synth/fm/operator_phase.h"

namespace sideband {

class HarmonicBank {
 public:
  void prepare(int output_rate_hz, int harmonics) noexcept;
  void reset() noexcept;

  // [audio-thread] Fills `out` with one hop. NaN and Inf count as 0, in f0 as the value before.
  void render(const Controls& frame, std::span<float> out) noexcept;

 private:
  double amplitude_of(const Controls& frame, std::size_t k) const noexcept;

  int output_rate_hz_ = 48000;
  std::size_t harmonics_ = kHarmonics;
  OperatorPhase phase_;
  std::array<double, kHarmonics> start_{};  // amplitude at the end of the hop before
  std::array<double, kHarmonics> change_{};
  double f0_hz_ = 440;
  bool primed_ = false;
};

}  // namespace sideband
