// Convolution with a trained impulse of about a second: zero latency, evenly spread work.
//
// The impulse h is cut into partitions of B samples. The first is convolved directly (its tap 0 is
// the dry path and stays outside the wet gain), so the output starts with the input. The others are
// uniformly partitioned overlap-save: at the end of block i the spectrum X_i of blocks i − 1 and i
// is taken, and the tail that sounds during block i + 1 is
//   last half of IFFT( X_i·H_1 + Σ_{p ≥ 2} g_p·X_{i + 1 − p}·H_p )
// where the sum over p ≥ 2 was gathered during block i, a slice per call. Only the bins that an
// impulse given at 16 kHz can fill are kept.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/util/arena.h"
#include "core/util/fft.h"
#include "core/util/resampler.h"
#include "core/util/status.h"

namespace sideband {

class Reverb {
 public:
  // [any thread] `impulse_16k` must stay until load_step() has returned false. Sample 0 is the gain
  // of the dry path. What is left of the impulse once its energy has sunk to −110 dB of the wet
  // energy is dropped.
  Status prepare(std::span<const float> impulse_16k, int output_rate_hz, Arena& arena);

  // Readies some of the resampler, or resamples and transforms one partition; true while there is
  // more to do.
  bool load_step() noexcept;

  void reset() noexcept;

  // [audio-thread] In place, any block size. `wet` ramps over the call; `decay` below 1 scales the
  // tail by decay^(t / 0.1 s), in steps of a partition (5 to 8 ms), getting there in about 0.1 s.
  // NaN and Inf in a setting are ignored.
  void process(std::span<float> inout, float wet, float decay) noexcept;

  int partitions() const noexcept { return partitions_; }  // including the direct one
  int partition_samples() const noexcept { return partition_; }

 private:
  float next_tap() noexcept;
  void forward(std::span<const float> time, float* re, float* im) noexcept;
  void convolve_head(std::span<float> inout) noexcept;
  void gather_until(int partition) noexcept;
  void gather_run(int first, int count, int newest_row) noexcept;
  void multiply_add(int first, int count, int newest_row, const float* gain, float* sum) noexcept;
  void inverse_tail(const float* sum) noexcept;
  void finish_block() noexcept;
  void advance_decay() noexcept;
  void set_gains(std::span<float> gains) noexcept;
  float* row(std::span<float> spectra, int index) const noexcept {
    return &spectra[static_cast<std::size_t>(index) * 2 * bins_];
  }

  std::span<const float> impulse_;
  int output_rate_hz_ = 16000;
  float tap_gain_ = 1;  // of a resampled tap
  float dry_ = 1;
  int partition_ = 128;
  int partitions_ = 0;    // 0: the impulse is the dry path alone
  std::size_t bins_ = 0;  // kept, rounded up to whole vectors
  std::size_t kept_ = 0;  // kept
  RealFft fft_;

  Resampler resampler_;       // loading only
  std::int64_t next_in_ = 0;  // negative: silence ahead, so that whole outputs can be skipped
  std::int64_t skip_ = 0;     // outputs before the impulse's time 0
  std::span<float> ready_;    // outputs of one input sample
  std::size_t ready_count_ = 0;
  std::size_t ready_read_ = 0;
  int loaded_ = 0;  // partitions

  std::span<float> head_;     // taps of partition 0, the dry tap taken out
  std::span<float> filters_;  // H_p, p = 1…, real parts then imaginary parts
  std::span<float> inputs_;   // X_i, a ring
  // While the decay moves, the tail fades from one set of gains to the next within each block.
  struct TailSet {
    std::span<float> gain;  // g_p
    std::span<float> sum;   // of the next block's spectrum, over the partitions gathered so far
  };
  std::array<TailSet, 2> sets_;
  bool moving_ = false;     // both sets are in use
  std::span<float> block_;  // blocks i − 1 and i, and room for a vector to read past the end
  std::span<float> tail_;   // of block i
  std::span<float> time_;
  std::span<std::complex<float>> spectrum_;
  int position_ = 0;     // in block i
  int newest_ = 0;       // ring index of X_{i − 1}
  int gathered_to_ = 2;  // next partition to gather
  float wet_ = 0;
  double decay_log_ = 0;  // per second, as sounding
  double decay_log_target_ = 0;
  bool primed_ = false;
};

}  // namespace sideband
