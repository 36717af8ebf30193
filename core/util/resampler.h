// Streaming sample-rate conversion by any ratio: a windowed-sinc FIR, evaluated where output
// samples fall.
#pragma once

#include <span>

#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

// With the default half_taps, 16: passband to 0.88 of the lower rate's Nyquist frequency (±0.02
// dB), 60 dB down from 1.12 of it. Delay: half_taps samples of the lower rate, 1 ms where that is
// 16 kHz. Equal rates are passed through with no delay.
class Resampler {
 public:
  static constexpr int kHalfTaps = 16;  // at the lower rate

  // [any thread] Rates in Hz, 1000…400000. Fewer half_taps delay less and widen the transition
  // band. The kernels are computed by load_step(), a few at a time, true while there is more to do:
  // the hundreds that 44.1 kHz needs take milliseconds.
  Status prepare(int in_rate_hz, int out_rate_hz, Arena& arena, int half_taps = kHalfTaps);
  bool load_step() noexcept;

  // [audio-thread] As if only silence had been heard.
  void reset() noexcept;

  // Outputs that the next `in_samples` inputs complete. After N inputs in all, ⌈N · out / in⌉
  // outputs have been written.
  int outputs_for(int in_samples) const noexcept;

  // [audio-thread] Consumes `in`, writes outputs_for(in.size()) values to the front of `out` and
  // returns their number. Any block sizes; the output does not depend on them.
  int process(std::span<const float> in, std::span<float> out) noexcept;

  // Delay in input samples; the same at every ratio and phase.
  int latency_samples() const noexcept { return half_taps_; }

 private:
  void design_row(int row) noexcept;
  float interpolate() const noexcept;

  int in_rate_hz_ = 1;
  int out_rate_hz_ = 1;
  int half_taps_ = 0;    // 0: rates are equal
  int padded_taps_ = 0;  // taps, rounded up for whole SIMD vectors
  int phases_ = 1;
  int rows_ = 0;              // of the kernel table, one more than phases when interpolating
  int designed_ = 0;          // rows
  bool exact_phases_ = true;  // every output falls on a tabulated phase
  std::span<float> kernel_;   // phases × padded_taps_, oldest input first
  std::span<float> history_;  // two copies, so that the newest padded_taps_ inputs are contiguous
  int write_ = 0;
  int position_ =
      0;  // of the next output after the newest input consumed, in 1 / out_rate input samples
};

}  // namespace sideband
