#include "core/measure/loudness.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace sideband {
namespace {

constexpr double kAbsoluteGateLufs = -70;
constexpr double kRelativeGateLu = -10;
constexpr std::size_t kPartsPerBlock = 4;  // 100 ms each
constexpr double kPartsPerSecond = 10;

double lufs_of(double mean_square) {
  return mean_square > 0 ? -0.691 + 10 * std::log10(mean_square) : kNoLoudness;
}

struct Biquad {
  double b0, b1, b2, a1, a2;
  double s1 = 0, s2 = 0;  // transposed direct form II

  double run(double x) {
    const double y = b0 * x + s1;
    s1 = b1 * x - a1 * y + s2;
    s2 = b2 * x - a2 * y;
    return y;
  }
};

// BS.1770 gives both filters as coefficients at 48 kHz. These are the analogue filters that the
// bilinear transform makes those coefficients of, so that any rate can be had.
Biquad head_shelf(int rate_hz) {
  constexpr double kF0Hz = 1681.974450955533;
  constexpr double kGainDb = 3.999843853973347;
  constexpr double kQ = 0.7071752369554196;
  constexpr double kSlope = 0.4996667741545416;
  const double k = std::tan(std::numbers::pi * kF0Hz / rate_hz);
  const double high = std::pow(10.0, kGainDb / 20);
  const double band = std::pow(high, kSlope);
  const double a0 = 1 + k / kQ + k * k;
  return {(high + band * k / kQ + k * k) / a0, 2 * (k * k - high) / a0,
          (high - band * k / kQ + k * k) / a0, 2 * (k * k - 1) / a0, (1 - k / kQ + k * k) / a0};
}

Biquad low_cut(int rate_hz) {
  constexpr double kF0Hz = 38.13547087602444;
  constexpr double kQ = 0.5003270373238773;
  const double k = std::tan(std::numbers::pi * kF0Hz / rate_hz);
  const double a0 = 1 + k / kQ + k * k;
  return {1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / kQ + k * k) / a0};
}

// Mean of the blocks that are louder than the gate, as a mean square; 0 when none is.
double mean_above(std::span<const double> parts, double gate_lufs) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i + kPartsPerBlock <= parts.size(); ++i) {
    double block = 0;
    for (const double part : parts.subspan(i, kPartsPerBlock)) block += part;
    block /= kPartsPerBlock;
    if (lufs_of(block) <= gate_lufs) continue;
    sum += block;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

}  // namespace

double integrated_loudness_lufs(std::span<const float> samples, int rate_hz, Arena& scratch) {
  const auto part_start = [rate_hz](std::size_t part) {
    return static_cast<std::size_t>(
        std::llround(static_cast<double>(part) * rate_hz / kPartsPerSecond));
  };
  std::size_t count = 0;
  while (part_start(count + 1) <= samples.size()) ++count;
  const auto parts = scratch.take<double>(count);
  if (count < kPartsPerBlock || parts.size() < count) return kNoLoudness;
  Biquad shelf = head_shelf(rate_hz);
  Biquad cut = low_cut(rate_hz);
  for (std::size_t part = 0; part < count; ++part) {
    const auto piece = samples.subspan(part_start(part), part_start(part + 1) - part_start(part));
    double sum = 0;
    for (const float sample : piece) {
      const double weighted = cut.run(shelf.run(static_cast<double>(sample)));
      sum += weighted * weighted;
    }
    parts[part] = sum / static_cast<double>(piece.size());
  }
  const double audible = mean_above(parts, kAbsoluteGateLufs);
  if (!(audible > 0)) return kNoLoudness;
  const double gate = std::max(kAbsoluteGateLufs, lufs_of(audible) + kRelativeGateLu);
  return lufs_of(mean_above(parts, gate));
}

}  // namespace sideband
