#include "core/match/lane_fft.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace sideband::match {

bool LaneFft::prepare(std::size_t size, Arena& arena) {
  half_ = size / 2;
  even_ = arena.take<FloatV>(half_);
  odd_ = arena.take<FloatV>(half_);
  work_real_ = arena.take<FloatV>(half_);
  work_imaginary_ = arena.take<FloatV>(half_);
  real_ = arena.take<FloatV>(half_ + 1);
  imaginary_ = arena.take<FloatV>(half_ + 1);
  cosine_ = arena.take<float>(size);
  sine_ = arena.take<float>(size);
  if (arena.exhausted()) return false;
  for (std::size_t k = 0; k < size; ++k) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(size);
    cosine_[k] = static_cast<float>(std::cos(turn));
    sine_[k] = static_cast<float>(std::sin(turn));
  }
  return true;
}

// Stockham's: four sub-transforms become one in each pass, in order, from one buffer to the other;
// a last pass of twos where four does not divide. With real and imaginary parts in each other's
// place it is the inverse. Returns where the result lies.
LaneFft::Pair LaneFft::transform(Pair from, Pair to) const noexcept {
  std::size_t stride = 1;
  std::size_t length = half_;
  for (; length >= 4; length /= 4, stride *= 4) {
    const std::size_t quarter = length / 4;
    const std::size_t grain = 2 * stride;  // of the table: size()/length
    for (std::size_t p = 0; p < quarter; ++p) {
      const float c1 = cosine_[p * grain];
      const float s1 = sine_[p * grain];
      const float c2 = cosine_[2 * p * grain];
      const float s2 = sine_[2 * p * grain];
      const float c3 = cosine_[3 * p * grain];
      const float s3 = sine_[3 * p * grain];
      for (std::size_t q = 0; q < stride; ++q) {
        const std::size_t at = q + stride * p;
        const std::size_t step = stride * quarter;
        const FloatV ar = from.real[at];
        const FloatV ai = from.imaginary[at];
        const FloatV br = from.real[at + step];
        const FloatV bi = from.imaginary[at + step];
        const FloatV cr = from.real[at + 2 * step];
        const FloatV ci = from.imaginary[at + 2 * step];
        const FloatV dr = from.real[at + 3 * step];
        const FloatV di = from.imaginary[at + 3 * step];
        const FloatV sum_r = ar + cr;
        const FloatV sum_i = ai + ci;
        const FloatV off_r = ar - cr;
        const FloatV off_i = ai - ci;
        const FloatV other_r = br + dr;
        const FloatV other_i = bi + di;
        const FloatV turned_r = di - bi;  // i·(b − d)
        const FloatV turned_i = br - dr;
        const std::size_t out = q + 4 * stride * p;
        to.real[out] = sum_r + other_r;
        to.imaginary[out] = sum_i + other_i;
        // Times e^(−i·turn).
        const auto store = [&](std::size_t place, FloatV r, FloatV i, float c, float s) {
          to.real[place] = r * c + i * s;
          to.imaginary[place] = i * c - r * s;
        };
        store(out + stride, off_r - turned_r, off_i - turned_i, c1, s1);
        store(out + 2 * stride, sum_r - other_r, sum_i - other_i, c2, s2);
        store(out + 3 * stride, off_r + turned_r, off_i + turned_i, c3, s3);
      }
    }
    std::swap(from, to);
  }
  if (length == 2) {
    for (std::size_t q = 0; q < stride; ++q) {
      to.real[q] = from.real[q] + from.real[q + stride];
      to.imaginary[q] = from.imaginary[q] + from.imaginary[q + stride];
      to.real[q + stride] = from.real[q] - from.real[q + stride];
      to.imaginary[q + stride] = from.imaginary[q] - from.imaginary[q + stride];
    }
    std::swap(from, to);
  }
  return from;
}

void LaneFft::forward() noexcept {
  const Pair z =
      transform({even_.data(), odd_.data()}, {work_real_.data(), work_imaginary_.data()});
  real_[0] = z.real[0] + z.imaginary[0];
  real_[half_] = z.real[0] - z.imaginary[0];
  imaginary_[0] = imaginary_[half_] = FloatV{};
  for (std::size_t k = 1; k <= half_ / 2; ++k) {
    const std::size_t mirror = half_ - k;
    const FloatV even_r = 0.5F * (z.real[k] + z.real[mirror]);
    const FloatV even_i = 0.5F * (z.imaginary[k] - z.imaginary[mirror]);
    const FloatV odd_r = 0.5F * (z.imaginary[k] + z.imaginary[mirror]);
    const FloatV odd_i = 0.5F * (z.real[mirror] - z.real[k]);
    const FloatV turned_r = odd_r * cosine_[k] + odd_i * sine_[k];
    const FloatV turned_i = odd_i * cosine_[k] - odd_r * sine_[k];
    real_[k] = even_r + turned_r;
    imaginary_[k] = even_i + turned_i;
    real_[mirror] = even_r - turned_r;
    imaginary_[mirror] = turned_i - even_i;
  }
}

void LaneFft::inverse() noexcept {
  // Into the work buffers or the samples' own, so that the passes end at the samples.
  std::size_t passes = 0;
  for (std::size_t length = half_; length > 1; length /= length >= 4 ? 4 : 2) ++passes;
  const Pair samples{even_.data(), odd_.data()};
  const Pair work{work_real_.data(), work_imaginary_.data()};
  const Pair z = passes % 2 == 0 ? samples : work;
  const Pair other = passes % 2 == 0 ? work : samples;
  z.real[0] = real_[0] + real_[half_];
  z.imaginary[0] = real_[0] - real_[half_];
  for (std::size_t k = 1; k <= half_ / 2; ++k) {
    const std::size_t mirror = half_ - k;
    const FloatV even_r = real_[k] + real_[mirror];
    const FloatV even_i = imaginary_[k] - imaginary_[mirror];
    const FloatV off_r = real_[k] - real_[mirror];
    const FloatV off_i = imaginary_[k] + imaginary_[mirror];
    const FloatV odd_r = off_r * cosine_[k] - off_i * sine_[k];
    const FloatV odd_i = off_i * cosine_[k] + off_r * sine_[k];
    z.real[k] = even_r - odd_i;
    z.imaginary[k] = even_i + odd_r;
    z.real[mirror] = even_r + odd_i;
    z.imaginary[mirror] = odd_r - even_i;
  }
  transform({z.imaginary, z.real}, {other.imaginary, other.real});
}

}  // namespace sideband::match
