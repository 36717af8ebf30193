// When a note's key went up, from the sound alone.
#pragma once

#include <complex>
#include <cstddef>
#include <span>

#include "core/util/arena.h"
#include "core/util/fft.h"

namespace sideband::match {

// Key up bends the course of every partial downwards at once, while within a held note each partial
// has bends of its own: straight lines are laid through the dB of 24 bands before and after each
// moment, and of the moments where most bands turn down much the last is taken.
class KeyUpFinder {
 public:
  // [main-thread] False when the arena is full.
  bool prepare(std::size_t max_samples, Arena& arena);

  // Seconds into `sound` (16 kHz), or its length where nothing like a key's end is heard.
  double find(std::span<const float> sound) noexcept;

 private:
  static constexpr std::size_t kBands = 24;
  static constexpr std::size_t kHop = 128;   // 8 ms
  static constexpr std::size_t kSize = 512;  // 32 ms
  static constexpr std::size_t kReach = 10;  // frames that a line is laid through: 80 ms

  double bend_at(std::size_t frame, double loudest_db) const noexcept;

  RealFft fft_;
  std::span<float> frame_;
  std::span<std::complex<float>> bins_;
  std::span<float> band_db_;  // frame by frame
  std::span<double> bend_;    // of the frames
};

}  // namespace sideband::match
