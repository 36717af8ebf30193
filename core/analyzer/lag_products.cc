#include "core/analyzer/lag_products.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "core/util/correlate.h"
#include "core/util/fast_math.h"
#include "core/util/simd.h"

namespace sideband {
namespace {

// Below the lowest note there is only rumble and drift; above the lowpass, noise and so sharp a
// correlation peak that whole-sample lags would miss it. Missing fundamentals are heard from the
// harmonics in between.
constexpr double kHighpassHz = 45;
constexpr double kLowpassHz = 1600;
constexpr double kLowpassQ = 0.6;  // near-critical: short ringing

}  // namespace

LagProducts::LagProducts()
    : highpass_(highpass_section(kHighpassHz, 0.7071, kAnalysisRateHz)),
      lowpass_(lowpass_section(kLowpassHz, kLowpassQ, kAnalysisRateHz)) {}

void LagProducts::reset() noexcept {
  highpass_.reset();
  lowpass_.reset();
  signal_.fill(0);
  energy_.fill(0);
  for (LagArray& row : rows_) row.fill(0);
  newest_ = 0;
}

void LagProducts::push(std::span<const float> hop) noexcept {
  std::copy(signal_.begin() + kHopSamples, signal_.end(), signal_.begin());
  const std::span<float> added(signal_.data() + kSignalSamples - kHopSamples, kHopSamples);
  std::copy_n(hop.begin(), kHopSamples, added.begin());
  highpass_.process(added);
  lowpass_.process(added);

  const double base = energy_[kHopSamples];
#pragma GCC unroll 4
  for (std::size_t i = 0; i + kHopSamples < energy_.size(); ++i) {
    energy_[i] = energy_[i + kHopSamples] - base;
  }
  double sum = energy_[kHistorySamples - kHopSamples];
  for (std::size_t i = 0; i < kHopSamples; ++i) {
    sum += static_cast<double>(added[i]) * static_cast<double>(added[i]);
    energy_[kHistorySamples - kHopSamples + 1 + i] = sum;
  }

  newest_ = newest_ == 0 ? kMaxWindowHops - 1 : newest_ - 1;
  LagArray& row = rows_[static_cast<std::size_t>(newest_)];
  correlate(std::span(signal_).last<kMaxLag + kHopSamples>(), row);
}

void LagProducts::correlate(std::span<const float> signal, LagArray& row) noexcept {
  const float* added = signal.data() + kMaxLag;
#if defined(SIDEBAND_M_PROFILE)
  for (std::size_t first = 0; first < row.size(); first += 8) {
    eight_correlations<1>(added, added - kMaxLag + first, kHopSamples, kEightZeros,
                          row.data() + first);
  }
#else
  constexpr int kVectors = 4;  // accumulators, enough to hide the latency of the additions
  constexpr int kLagsPerPass = kVectors * kSimdFloats;
  static_assert(kMaxLag % kSimdFloats == 0);
  for (int begin = 0; begin < kMaxLag; begin += kLagsPerPass) {
    const int first = std::min(begin, kMaxLag - kLagsPerPass);  // the last pass overlaps
    FloatV sums[kVectors] = {};
    const float* delayed = added - kMaxLag + first;
    for (int n = 0; n < kHopSamples; ++n) {
      const FloatV x = simd_splat(added[n]);
      for (int v = 0; v < kVectors; ++v) {
        // Not fused, so that the pitch has the same bits on every target.
        sums[v] += x * simd_load(delayed + n + v * kSimdFloats);
      }
    }
    for (int v = 0; v < kVectors; ++v) simd_store(row.data() + first + v * kSimdFloats, sums[v]);
  }
#endif
}

void LagProducts::sum_rows(int short_hops, int long_hops, int first, LagBlock& short_sum,
                           LagBlock& long_sum) const noexcept {
  static_assert(kLagBlock == 8);
  auto slot = static_cast<std::size_t>(newest_);
#if defined(SIDEBAND_M_PROFILE)
  float sum[kLagBlock];
  const auto add_until = [&](int hop, int end) {
    while (hop < end) {
      if (slot == kMaxWindowHops) slot = 0;
      const int run = std::min(end - hop, kMaxWindowHops - static_cast<int>(slot));
      add_eight_columns(&rows_[slot][static_cast<std::size_t>(first)], kMaxLag, run, sum);
      slot += static_cast<std::size_t>(run);
      hop += run;
    }
  };
  std::copy_n(&rows_[slot++][static_cast<std::size_t>(first)], kLagBlock, sum);
  add_until(1, short_hops);
  std::copy_n(sum, kLagBlock, short_sum.begin());
  add_until(short_hops, long_hops);
  std::copy_n(sum, kLagBlock, long_sum.begin());
#else
  Float8 sum{};
  for (int hop = 0; hop < long_hops; ++hop) {
    Float8 row;
    std::memcpy(&row, &rows_[slot][static_cast<std::size_t>(first)], sizeof(row));
    sum = hop == 0 ? row : sum + row;
    if (hop + 1 == short_hops) std::memcpy(short_sum.data(), &sum, sizeof(sum));
    slot = slot + 1 == kMaxWindowHops ? 0 : slot + 1;
  }
  std::memcpy(long_sum.data(), &sum, sizeof(sum));
#endif
}

}  // namespace sideband
