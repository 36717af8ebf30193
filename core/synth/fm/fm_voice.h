// Six-operator phase modulation: levels and pitch in, sound out, one hop at a time.
//
// For sample n of N in a hop, with fraction r = (n + 1)/N, and operator c computed from 6 down to
// 1:
//   level_c(n) = previous level + (level − previous level)·r
//   phase_c(n) = phase_c(n − 1) + (turns per sample: ratio_c·f0/rate, ramped in the same way)
//   y_c(n)     = level_c(n) · sin(2π·phase_c(n) + Σ_{m > c} gain_cm(n)·y_m(n)
//                                 + Σ_{m ≤ c} gain_cm(n)·(y_m(n − 1) + y_m(n − 2))/2)
//   out(n)     = Σ_c carrier_c(n)/i_max · y_c(n)
// Gains are those of the patch; when it changes they get there in 20 ms (FmRouting). The arithmetic
// is double: a stack of three modulators at an index of 4π multiplies any error by 2000.
#pragma once

#include <array>
#include <span>

#include "core/inference/controls.h"
#include "core/synth/fm/operator_phase.h"
#include "core/synth/fm/routing.h"
#include "core/synth/patch.h"

namespace sideband {

class FmVoice {
 public:
  void prepare(int output_rate_hz) noexcept;
  void reset() noexcept;

  // [audio-thread] As reset(), but every operator goes on in the phase it is in.
  void reset_all_but_phases() noexcept;

  // [audio-thread] Fills `out` with one hop. NaN or Inf in a level counts as 0, in f0 or a ratio as
  // the value before.
  void render(const Controls& frame, const FmPatch& patch, std::span<float> out) noexcept;

 private:
  void begin_hop(const Controls& frame, const FmPatch& patch, int samples) noexcept;
  void render_block(int start, int hop_samples, std::span<float> out) noexcept;
  void render_scalar_block(int start, int hop_samples, std::span<float> out) noexcept;
  void render_by_sample(std::span<float> out) noexcept;

  int output_rate_hz_ = 48000;
  FmRouting routing_;
  std::array<OperatorPhase, kOperators> phase_;
  std::array<HopGain, kOperators> level_{};
  std::array<double, kOperators> previous_level_{};
  std::array<double, kOperators> ratio_{};
  std::array<float, kOperators> ratio_as_given_{};
  std::array<std::array<double, 2>, kOperators> past_{};  // y(n − 1), y(n − 2)
  double f0_hz_ = 440;
  bool primed_ = false;
};

}  // namespace sideband
