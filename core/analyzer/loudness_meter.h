// A-weighted level of the last few milliseconds, in dB: as fast as a note start, as calm as a
// steady tone.
#pragma once

#include <array>
#include <span>

#include "core/analyzer/filters.h"
#include "core/util/timebase.h"

namespace sideband {

// A-weighting is that of IEC 61672-1:2013 annex E (double poles at 20.6 Hz and 12194 Hz, poles at
// 107.7 Hz and 737.9 Hz, four zeros at 0), 0 dB at 1 kHz. The lower poles are bilinear; one biquad
// stands for the pole pair above Nyquist, fitted so that the whole is within 0.06 dB of the
// standard from 20 Hz to 7.6 kHz.
//
// The level is the mean square over a rectangular window that ends now: 8 ms, or, where the pitch
// is known, the whole number of periods next above 8 ms (one period below 125 Hz). Over whole
// periods a steady tone has no ripple, however low it is.
class LoudnessMeter {
 public:
  LoudnessMeter();

  // [audio-thread]
  void reset() noexcept;

  // [audio-thread] One hop of audio.
  void push(std::span<const float> hop) noexcept;

  // [audio-thread] Level in dB, at least kFloorDb; `period_samples` 0 where there is no pitch.
  float level_db(float period_samples) const noexcept;

  static constexpr float kFloorDb = -120.0F;
  static constexpr int kWindowSamples = 128;  // 8 ms

 private:
  static constexpr int kHistorySamples = 512;  // longest window, rounded up to hops

  double energy_since(float samples_ago) const noexcept;

  std::array<OnePoleHighpass, 4> highpass_;
  Biquad above_nyquist_;
  // energy_[i]: running sum of squares up to the i-th oldest sample; rebased every hop.
  std::array<double, kHistorySamples + 1> energy_{};
};

}  // namespace sideband
