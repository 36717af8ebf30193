#include "core/util/resampler.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <numeric>

#include "core/util/fast_math.h"

namespace sideband {
namespace {

constexpr double kKaiserBeta = 5.65;  // 60 dB stopband (Kaiser's formula: 0.1102 · (60 − 8.7))
constexpr int kMaxExactPhases = 640;  // 11.025 kHz ↔ 16 kHz; beyond, phases are interpolated

constexpr int kTapGranule = 16;  // rows are whole vectors on every target
constexpr int kTapsPerStep = 1024;

// Eight sums whatever the registers hold, and no fused multiply-adds: the same bits on every
// target.
float dot(const float* a, const float* b, int count) {
  Float8 sum{};
  for (int i = 0; i < count; i += 8) {
    sum += *reinterpret_cast<const Float8Unaligned*>(a + i) *
           *reinterpret_cast<const Float8Unaligned*>(b + i);
  }
  float total = 0;
  for (int lane = 0; lane < 8; ++lane) total += sum[lane];
  return total;
}

double bessel_i0(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; k < 40 && term > 1e-18 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

// Not normalised.
double kernel_value(double t, double half_width, double cutoff) {
  const double x = t / half_width;
  if (std::abs(x) >= 1) return 0;
  const double phase = std::numbers::pi * cutoff * t;
  const double sinc = std::abs(phase) < 1e-9 ? 1 : std::sin(phase) / phase;
  return sinc * bessel_i0(kKaiserBeta * std::sqrt(1 - x * x));
}

}  // namespace

Status Resampler::prepare(int in_rate_hz, int out_rate_hz, Arena& arena, int half_taps) {
  for (const int rate_hz : {in_rate_hz, out_rate_hz}) {
    if (rate_hz < 1000 || rate_hz > 400000) {
      return Status::error("sample rate ", rate_hz, " Hz is outside 1000 to 400000 Hz");
    }
  }
  in_rate_hz_ = in_rate_hz;
  out_rate_hz_ = out_rate_hz;
  half_taps_ = 0;
  rows_ = 0;
  designed_ = 0;
  if (in_rate_hz == out_rate_hz) return {};

  const int lower_rate_hz = std::min(in_rate_hz, out_rate_hz);
  half_taps_ = (half_taps * in_rate_hz + lower_rate_hz - 1) / lower_rate_hz;
  padded_taps_ = (2 * half_taps_ + kTapGranule - 1) / kTapGranule * kTapGranule;
  const int exact = out_rate_hz / std::gcd(in_rate_hz, out_rate_hz);
  exact_phases_ = exact <= kMaxExactPhases;
  phases_ = exact_phases_ ? exact : kMaxExactPhases;
  rows_ = exact_phases_ ? phases_ : phases_ + 1;
  kernel_ = arena.take<float>(static_cast<std::size_t>(rows_ * padded_taps_));
  history_ = arena.take<float>(static_cast<std::size_t>(2 * padded_taps_));
  if (kernel_.empty() || history_.empty()) return Status::error("no memory for the resampler");

  reset();
  return {};
}

bool Resampler::load_step() noexcept {
  const int end =
      std::min(rows_, designed_ + std::max(1, kTapsPerStep / std::max(1, padded_taps_)));
  while (designed_ < end) design_row(designed_++);
  return designed_ < rows_;
}

// Each value is computed twice, so that none has to be kept in double precision until the sum of
// all is known.
void Resampler::design_row(int row) noexcept {
  const double cutoff =
      std::min(1.0, static_cast<double>(out_rate_hz_) / in_rate_hz_);  // 1: input Nyquist
  // The output lies `fraction` input samples after the newest input, less the delay half_taps_.
  const double fraction = static_cast<double>(row) / phases_;
  const auto value_at = [&](int i) {
    return kernel_value(i - (padded_taps_ - 1) + half_taps_ - fraction, half_taps_, cutoff);
  };
  double sum = 0;
  for (int i = 0; i < padded_taps_; ++i) sum += value_at(i);
  float* taps = kernel_.data() + static_cast<std::ptrdiff_t>(row) * padded_taps_;
  for (int i = 0; i < padded_taps_; ++i) {
    taps[i] = static_cast<float>(value_at(i) / sum);  // unit gain at DC, every phase
  }
}

void Resampler::reset() noexcept {
  std::fill(history_.begin(), history_.end(), 0.0F);
  write_ = 0;
  position_ = out_rate_hz_;
}

int Resampler::outputs_for(int in_samples) const noexcept {
  if (half_taps_ == 0) return in_samples;
  // Output positions count from the newest input; the next output needs position_ < out_rate after
  // `in_samples` steps of −out_rate.
  const std::int64_t reach = static_cast<std::int64_t>(in_samples + 1) * out_rate_hz_ - position_;
  return reach <= 0 ? 0 : static_cast<int>((reach + in_rate_hz_ - 1) / in_rate_hz_);
}

float Resampler::interpolate() const noexcept {
  const float* newest_taps = history_.data() + write_;
  const auto row_at = [&](int row) {
    return dot(kernel_.data() + static_cast<std::ptrdiff_t>(row) * padded_taps_, newest_taps,
               padded_taps_);
  };
  const std::int64_t scaled = static_cast<std::int64_t>(position_) * phases_;
  const int row = static_cast<int>(scaled / out_rate_hz_);
  if (exact_phases_) return row_at(row);
  const float weight = static_cast<float>(scaled % out_rate_hz_) / static_cast<float>(out_rate_hz_);
  const float before = row_at(row);
  return before + weight * (row_at(row + 1) - before);
}

int Resampler::process(std::span<const float> in, std::span<float> out) noexcept {
  if (half_taps_ == 0) {
    std::copy(in.begin(), in.end(), out.begin());
    return static_cast<int>(in.size());
  }
  std::size_t written = 0;
  for (const float sample : in) {
    const auto slot = static_cast<std::size_t>(write_);
    history_[slot] = sample;
    history_[slot + static_cast<std::size_t>(padded_taps_)] = sample;
    write_ = write_ + 1 == padded_taps_ ? 0 : write_ + 1;
    position_ -= out_rate_hz_;
    while (position_ < out_rate_hz_) {
      if (written < out.size()) out[written++] = interpolate();
      position_ += in_rate_hz_;
    }
  }
  return static_cast<int>(written);
}

}  // namespace sideband
