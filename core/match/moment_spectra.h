// The spectra of a sound at a few moments, a quarter of a second each, in dB below the loudest of
// all: what the ear and the recogniser both look at.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <span>

#include "core/util/arena.h"
#include "core/util/fft.h"
#include "core/util/timebase.h"

namespace sideband::match {

class MomentSpectra {
 public:
  static constexpr std::size_t kMostMoments = 6;
  static constexpr std::size_t kSize = 4096;  // 256 ms
  static constexpr std::size_t kBins = kSize / 2 + 1;
  static constexpr double kBinsPerHz = static_cast<double>(kSize) / kAnalysisRateHz;
  static constexpr float kDeepestDb = 80;

  // [main-thread] For up to `moments` of them. False when the arena is full.
  bool prepare(std::size_t moments, Arena& arena);

  // Of a sound at 16 kHz, from each of these samples on, from the first one where that is before
  // it; past the sound's end there is silence.
  void listen(std::span<const float> sound, std::span<const double> starts) noexcept;

  // −80…0, kBins of them, of a moment of the last listen().
  std::span<const float> db(std::size_t moment) const noexcept { return db_[moment]; }

 private:
  RealFft fft_;
  std::span<float> window_;
  std::span<float> frame_;
  std::span<std::complex<float>> bins_;
  std::array<std::span<float>, kMostMoments> db_;
};

// A Hann window for frames that follow each other.
void fill_hann(std::span<float> window) noexcept;

}  // namespace sideband::match
