#include "core/synth/reverb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/util/correlate.h"
#include "core/util/fast_math.h"
#include "core/util/simd.h"
#include "core/util/timebase.h"

namespace sideband {
namespace {

constexpr std::size_t kLanes = 8;
constexpr double kDroppedEnergy = 1e-11;
constexpr double kBandEdgeHz = 1.12 * kAnalysisRateHz / 2;  // where the resampler is 60 dB down
constexpr std::size_t kMarginBins = 6;                      // what a block's edges smear beyond it
constexpr double kDecaySeconds = 0.05;                      // time constant of an edit
constexpr float kTiny = 1e-15F;     // −300 dBFS; products of smaller ones could be denormal
constexpr float kMaxSample = 1e6F;  // with NaN and Inf, silenced: the spectra stay finite
constexpr float kMaxWet = 1000;

// Vectors of outputs computed at once in the direct part, as many as registers allow.
#if defined(__AVX__)
constexpr std::size_t kHeadVectors = 4;
#else
constexpr std::size_t kHeadVectors = 2;
#endif
constexpr std::size_t kHeadSamples = kHeadVectors * kLanes;

[[maybe_unused]] Float8 load(const float* p) {
  return *reinterpret_cast<const Float8Unaligned*>(p);
}

// Impulse length after which the rest of the energy no longer matters.
std::size_t audible_length(std::span<const float> impulse) {
  double energy = 0;
  for (std::size_t n = 1; n < impulse.size(); ++n) energy += double{impulse[n]} * impulse[n];
  if (!(energy > 0)) return 0;
  double rest = 0;
  std::size_t length = impulse.size();
  while (length > 1) {
    rest += double{impulse[length - 1]} * impulse[length - 1];
    if (rest > kDroppedEnergy * energy) break;
    --length;
  }
  return length;
}

}  // namespace

Status Reverb::prepare(std::span<const float> impulse_16k, int output_rate_hz, Arena& arena) {
  output_rate_hz_ = output_rate_hz;
  dry_ = impulse_16k.empty() ? 1.0F : impulse_16k[0];
  impulse_ = impulse_16k.first(audible_length(impulse_16k));
  partitions_ = 0;
  loaded_ = 0;
  if (impulse_.empty()) return {};

  const bool resampled = output_rate_hz != kAnalysisRateHz;
  partition_ = 128;
  while (partition_ * 200 < output_rate_hz) partition_ *= 2;  // at least 5 ms
  const auto size = static_cast<std::size_t>(partition_);
  tap_gain_ = static_cast<float>(kAnalysisRateHz) / static_cast<float>(output_rate_hz);
  if (Status status = resampler_.prepare(kAnalysisRateHz, output_rate_hz, arena); !status) {
    return status;
  }
  // The resampler's delay is lengthened to where both rates' samples coincide, and skipped.
  const double ratio = static_cast<double>(output_rate_hz) / kAnalysisRateHz;
  const int delay = resampler_.latency_samples();
  const int period = kAnalysisRateHz / std::gcd(kAnalysisRateHz, output_rate_hz);
  const int lead = (period - delay % period) % period;
  next_in_ = -lead;
  skip_ = std::int64_t{lead + delay} * output_rate_hz / kAnalysisRateHz;
  ready_ = arena.take<float>(static_cast<std::size_t>(ratio) + 2);
  ready_count_ = ready_read_ = 0;

  const double taps = std::ceil((static_cast<double>(impulse_.size()) + delay) * ratio);
  partitions_ = static_cast<int>((static_cast<std::size_t>(taps) + size - 1) / size);
  const double edge = resampled ? kBandEdgeHz * 2 * partition_ / output_rate_hz : partition_;
  kept_ = std::min(static_cast<std::size_t>(edge) + (resampled ? kMarginBins : 0), size) + 1;
  bins_ = (kept_ + kLanes - 1) / kLanes * kLanes;
  if (Status status = fft_.prepare(2 * partition_, arena); !status) return status;

  const auto rows = static_cast<std::size_t>(std::max(1, partitions_ - 1));
  head_ = arena.take<float>(size);
  filters_ = arena.take<float>(rows * 2 * bins_);
  inputs_ = arena.take<float>(rows * 2 * bins_);
  for (TailSet& set : sets_) {
    set.gain = arena.take<float>(static_cast<std::size_t>(partitions_));
    set.sum = arena.take<float>(2 * bins_);
  }
  block_ = arena.take<float>(2 * size + kHeadSamples);
  tail_ = arena.take<float>(size);
  time_ = arena.take<float>(2 * size);
  spectrum_ = arena.take<std::complex<float>>(size + 1);
  if (arena.exhausted()) return Status::error("no memory for a reverb of ", taps, " taps");
  return {};
}

float Reverb::next_tap() noexcept {
  for (;;) {
    while (ready_read_ == ready_count_) {
      // Sample 0 is the dry path, which is not resampled.
      const bool inside = next_in_ > 0 && next_in_ < static_cast<std::int64_t>(impulse_.size());
      const float in = inside ? impulse_[static_cast<std::size_t>(next_in_)] : 0.0F;
      ++next_in_;
      ready_count_ = static_cast<std::size_t>(resampler_.process({&in, 1}, ready_));
      ready_read_ = 0;
    }
    const float tap = ready_[ready_read_++];
    if (skip_ == 0) return tap * tap_gain_;
    --skip_;
  }
}

bool Reverb::load_step() noexcept {
  if (loaded_ >= partitions_) return false;
  if (loaded_ == 0 && resampler_.load_step()) return true;
  const auto size = static_cast<std::size_t>(partition_);
  if (loaded_ == 0) {
    for (float& tap : head_) tap = next_tap();
  } else {
    const float scale = 1.0F / static_cast<float>(2 * partition_);  // the inverse FFT's
    for (std::size_t n = 0; n < size; ++n) time_[n] = next_tap() * scale;
    std::fill(time_.begin() + partition_, time_.end(), 0.0F);
    float* re = row(filters_, loaded_ - 1);
    forward(time_, re, re + bins_);
  }
  if (++loaded_ < partitions_) return true;
  reset();
  return false;
}

void Reverb::reset() noexcept {
  primed_ = false;
  if (partitions_ == 0) return;
  for (const std::span<float> state : {inputs_, sets_[0].sum, sets_[1].sum, block_, tail_}) {
    std::fill(state.begin(), state.end(), 0.0F);
  }
  position_ = 0;
  newest_ = 0;
  gathered_to_ = 2;
}

void Reverb::forward(std::span<const float> time, float* re, float* im) noexcept {
  fft_.forward(time, spectrum_);
  for (std::size_t b = 0; b < kept_; ++b) {
    re[b] = spectrum_[b].real();
    im[b] = spectrum_[b].imag();
  }
}

void Reverb::process(std::span<float> inout, float wet, float decay) noexcept {
  if (inout.empty()) return;
  if (!std::isfinite(wet)) wet = wet_;
  wet = std::clamp(wet, -kMaxWet, kMaxWet);
  if (std::isfinite(decay)) decay_log_target_ = 10 * std::log(std::clamp<double>(decay, 1e-4, 1.0));
  if (!primed_) {
    wet_ = wet;
    decay_log_ = decay_log_target_;
    primed_ = true;
    moving_ = false;
    if (partitions_ > 0) set_gains(sets_[0].gain);
  }
  if (partitions_ == 0 || loaded_ < partitions_) {
    for (float& sample : inout) sample *= dry_;
    return;
  }
  const float step = (wet - wet_) / static_cast<float>(inout.size());
  for (std::size_t done = 0; done < inout.size();) {
    const auto room = static_cast<std::size_t>(partition_ - position_);
    const auto part = inout.subspan(done, std::min(room, inout.size() - done));
    const float* tail = &tail_[static_cast<std::size_t>(position_)];
    convolve_head(part);
    for (std::size_t n = 0; n < part.size(); ++n) {
      const float gain = wet_ + step * static_cast<float>(done + n + 1);
      const float in =
          block_[static_cast<std::size_t>(partition_) + static_cast<std::size_t>(position_) + n];
      part[n] = dry_ * in + gain * (part[n] + tail[n]);
    }
    done += part.size();
    position_ += static_cast<int>(part.size());
    const int due = 2 + (partitions_ - 2) * position_ / partition_;
    gather_until(due);
    if (position_ == partition_) finish_block();
  }
  wet_ = wet;
}

// Takes the input into the block and leaves its convolution with the first partition in its place.
void Reverb::convolve_head(std::span<float> inout) noexcept {
  const auto begin = static_cast<std::size_t>(partition_) + static_cast<std::size_t>(position_);
  float* now = &block_[begin];
  for (std::size_t n = 0; n < inout.size(); ++n) {
    const float in = inout[n];
    now[n] = std::abs(in) > kTiny && std::abs(in) < kMaxSample ? in : 0.0F;
  }
#if defined(SIDEBAND_M_PROFILE)
  for (std::size_t n = 0; n < inout.size(); n += 8) {
    std::array<float, 8> sum;
    eight_correlations<-1>(head_.data(), now + n, partition_, kEightZeros, sum.data());
    std::copy_n(sum.begin(), std::min<std::size_t>(8, inout.size() - n),
                inout.begin() + static_cast<std::ptrdiff_t>(n));
  }
#else
  for (std::size_t n = 0; n < inout.size(); n += kHeadSamples) {
    std::array<Float8, kHeadVectors> sum{};
    const float* in = now + n;
    for (const float tap : head_) {
      for (std::size_t v = 0; v < kHeadVectors; ++v) sum[v] += load(in + v * kLanes) * tap;
      --in;
    }
    const std::size_t count = std::min(kHeadSamples, inout.size() - n);
    for (std::size_t i = 0; i < count; ++i) inout[n + i] = sum[i / kLanes][i % kLanes];
  }
#endif
}

// Adds the partitions up to (not including) `partition` to the spectrum of the next block's tail.
void Reverb::gather_until(int partition) noexcept {
  const int rows = partitions_ - 1;
  while (gathered_to_ < partition) {
    const int newest_row = (newest_ - (gathered_to_ - 2) + rows) % rows;
    const int count = std::min(partition - gathered_to_, newest_row + 1);  // up to the ring's seam
    gather_run(gathered_to_, count, newest_row);
    gathered_to_ += count;
  }
}

void Reverb::gather_run(int first, int count, int newest_row) noexcept {
  for (std::size_t i = 0; i < (moving_ ? 2U : 1U); ++i) {
    const float* gain = &sets_[i].gain[static_cast<std::size_t>(first)];
    multiply_add(first, count, newest_row, gain, sets_[i].sum.data());
  }
}

// sum += Σ over `count` partitions of gain · X · H; the inputs get older as the partitions do.
void Reverb::multiply_add(int first, int count, int newest_row, const float* gain,
                          float* sum) noexcept {
  const std::size_t stride = 2 * bins_;
#if defined(SIDEBAND_M_PROFILE)
  for (std::size_t b = 0; b < bins_; b += 4) {
    add_four_complex_products(row(inputs_, newest_row) + b, row(filters_, first - 1) + b, bins_,
                              stride, gain, count, sum + b);
  }
#else
  for (std::size_t b = 0; b < bins_; b += kLanes) {
    const float* input = row(inputs_, newest_row) + b;
    const float* filter = row(filters_, first - 1) + b;
    Float8 sum_re = load(sum + b);
    Float8 sum_im = load(sum + bins_ + b);
    for (int i = 0; i < count; ++i) {
      const Float8 x_re = load(input);
      const Float8 x_im = load(input + bins_);
      const Float8 h_re = load(filter);
      const Float8 h_im = load(filter + bins_);
      sum_re += (x_re * h_re - x_im * h_im) * gain[i];
      sum_im += (x_re * h_im + x_im * h_re) * gain[i];
      input -= stride;
      filter += stride;
    }
    *reinterpret_cast<Float8Unaligned*>(sum + b) = sum_re;
    *reinterpret_cast<Float8Unaligned*>(sum + bins_ + b) = sum_im;
  }
#endif
}

// Block i is complete: its spectrum joins the ring, and the next block's tail is ready.
void Reverb::finish_block() noexcept {
  const auto size = static_cast<std::size_t>(partition_);
  if (partitions_ > 1) {
    newest_ = (newest_ + 1) % (partitions_ - 1);
    float* re = row(inputs_, newest_);
    forward(block_.first(2 * size), re, re + bins_);
    gather_run(1, 1, newest_);
    inverse_tail(sets_[0].sum.data());
    std::copy_n(time_.begin() + partition_, size, tail_.begin());
    if (moving_) {
      inverse_tail(sets_[1].sum.data());
      for (std::size_t n = 0; n < size; ++n) {
        const float fraction = static_cast<float>(n + 1) / static_cast<float>(size);
        tail_[n] += (time_[size + n] - tail_[n]) * fraction;
      }
    }
    for (const TailSet& set : sets_) std::fill(set.sum.begin(), set.sum.end(), 0.0F);
    gathered_to_ = 2;
    advance_decay();
  }
  std::copy_n(block_.begin() + partition_, size, block_.begin());
  position_ = 0;
}

void Reverb::inverse_tail(const float* sum) noexcept {
  std::fill(spectrum_.begin(), spectrum_.end(), std::complex<float>{});
  for (std::size_t b = 0; b < kept_; ++b) spectrum_[b] = {sum[b], sum[bins_ + b]};
  fft_.inverse(spectrum_, time_);
}

// Where the last block's decay arrived, the next one starts.
void Reverb::advance_decay() noexcept {
  if (moving_) std::copy(sets_[1].gain.begin(), sets_[1].gain.end(), sets_[0].gain.begin());
  const double distance = decay_log_target_ - decay_log_;
  moving_ = distance != 0;
  if (!moving_) return;
  const double block_seconds = static_cast<double>(partition_) / output_rate_hz_;
  decay_log_ += distance * std::min(1.0, block_seconds / kDecaySeconds);
  if (std::abs(decay_log_target_ - decay_log_) < 1e-3) decay_log_ = decay_log_target_;
  set_gains(sets_[1].gain);
}

void Reverb::set_gains(std::span<float> gains) noexcept {
  const double per_partition = std::exp(decay_log_ * partition_ / output_rate_hz_);
  double gain = 1;
  for (float& g : gains) {
    g = gain > 1e-9 ? static_cast<float>(gain) : 0.0F;
    gain *= per_partition;
  }
}

}  // namespace sideband
