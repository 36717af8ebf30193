#include "core/match/key_up.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/match/mel_bands.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

struct Line {
  double slope = 0;  // dB a frame
  double rest = 0;   // mean square of what it leaves
};

template <typename Value>
Line line_through(int count, Value value) {
  const double middle = (count - 1) / 2.0;
  double mean = 0;
  double along = 0;
  double length = 0;
  for (int i = 0; i < count; ++i) {
    mean += value(i) / count;
    along += (i - middle) * value(i);
    length += (i - middle) * (i - middle);
  }
  Line line{along / length, 0};
  for (int i = 0; i < count; ++i) {
    const double left = value(i) - mean - line.slope * (i - middle);
    line.rest += left * left / count;
  }
  return line;
}

}  // namespace

bool KeyUpFinder::prepare(std::size_t max_samples, Arena& arena) {
  frame_ = arena.take<float>(kSize);
  bins_ = arena.take<std::complex<float>>(kSize / 2 + 1);
  band_db_ = arena.take<float>((max_samples / kHop + 1) * kBands);
  bend_ = arena.take<double>(max_samples / kHop + 1);
  return fft_.prepare(kSize, arena).ok() && !arena.exhausted();
}

double KeyUpFinder::bend_at(std::size_t frame, double loudest_db) const noexcept {
  constexpr double kHeardDb = 70;     // below the loudest band
  constexpr double kSharpest = 3;     // dB a frame: one band alone must not decide
  constexpr double kFewestBands = 4;  // so that a single partial does not count like a chord
  constexpr int kCount = kReach;
  double sum = 0;
  double bands = kFewestBands;
  for (std::size_t b = 0; b < kBands; ++b) {
    const auto db = [&](std::size_t at) { return static_cast<double>(band_db_[at * kBands + b]); };
    if (db(frame) < loudest_db - kHeardDb) continue;
    const Line before = line_through(
        kCount, [&](int i) { return db(frame - kReach + static_cast<std::size_t>(i)); });
    const Line after =
        line_through(kCount, [&](int i) { return db(frame + 1 + static_cast<std::size_t>(i)); });
    sum += std::clamp(before.slope - after.slope, -kSharpest, kSharpest) /
           (1 + std::sqrt(before.rest + after.rest));
    bands += 1;
  }
  return sum / bands;
}

double KeyUpFinder::find(std::span<const float> sound) noexcept {
  constexpr double kClearBend = 0.1;
  constexpr double kClear = 0.5;  // of the sharpest
  const double length_s = static_cast<double>(sound.size()) / kAnalysisRateHz;
  if (sound.size() < kSize + 2 * (kReach + 1) * kHop) return length_s;
  const std::size_t frames = (sound.size() - kSize) / kHop + 1;
  const std::array<std::size_t, kBands + 1> edge = mel_band_edges<kBands>(kSize);
  double loudest_db = -200;
  for (std::size_t f = 0; f < frames; ++f) {
    for (std::size_t n = 0; n < kSize; ++n) {
      const double hann =
          0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / kSize);
      frame_[n] = sound[f * kHop + n] * static_cast<float>(hann);
    }
    fft_.forward(frame_, bins_);
    for (std::size_t b = 0; b < kBands; ++b) {
      double power = 1e-5;
      for (std::size_t k = edge[b]; k < edge[b + 1]; ++k) power += std::norm(bins_[k]);
      const double db = 10 * std::log10(power);
      band_db_[f * kBands + b] = static_cast<float>(db);
      loudest_db = std::max(loudest_db, db);
    }
  }
  double sharpest = 0;
  for (std::size_t f = kReach; f + kReach < frames; ++f) {
    bend_[f] = bend_at(f, loudest_db);
    sharpest = std::max(sharpest, bend_[f]);
  }
  // The latest of the clear ones: a decay that begins may bend more than the key's end, but after
  // that nothing bends any more.
  const double clear = std::max(kClearBend, kClear * sharpest);
  std::size_t best = 0;
  for (std::size_t f = kReach; f + kReach < frames; ++f) {
    if (bend_[f] <= clear) continue;
    if (f > best + kReach || bend_[f] > bend_[best]) best = f;
  }
  if (best == 0) return length_s;
  return static_cast<double>(best * kHop + kSize / 2) / kAnalysisRateHz;
}

}  // namespace sideband::match
