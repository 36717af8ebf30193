// What the recogniser hears of a sound: 24 bands every 8 ms for the key's end, and the spectrum at
// six moments laid out over the harmonics of a supposed pitch for all the rest.
//
// A voice at a key is a comb at that key's pitch, as far as its ratios are whole; what lies between
// the teeth tells of those that are not. So the same numbers stand for the same ratios at any key,
// and a wrong key looks wrong. The network was trained on exactly these numbers: whoever changes
// them has to train it anew.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/match/moment_spectra.h"
#include "core/util/arena.h"
#include "core/util/fft.h"

namespace sideband::match {

class RecogniserInput {
 public:
  static constexpr std::size_t kBands = 24;  // even on the mel scale from 30 Hz to 8 kHz
  static constexpr std::size_t kBandHop = 128;
  static constexpr std::size_t kBandFrame = 512;

  static constexpr std::size_t kMoments = 6;
  // Cells an eighth of the pitch apart up to 12 times the pitch; from there to 40 times one cell at
  // every half harmonic and one for what lies beside it.
  static constexpr std::size_t kFine = 96;
  static constexpr std::size_t kHalves = 56;
  static constexpr std::size_t kCells = kFine + 2 * kHalves;
  // Thirds of a dB above 80 dB below the loudest: 0…240; moment by moment.
  using Comb = std::array<std::uint8_t, kMoments * kCells>;

  // [main-thread] For sounds of up to `max_samples` at 16 kHz. False when the arena is full.
  bool prepare(std::size_t max_samples, Arena& arena);

  // The bands frame by frame, in thirds of a dB above 80 dB below the loudest: 0…240. Valid until
  // the next call; empty for a sound shorter than a frame.
  std::span<const std::uint8_t> bands(std::span<const float> sound) noexcept;

  // The frame whose middle is nearest to a time, and the middle of a frame.
  static long band_frame(double seconds) noexcept;
  static double band_seconds(std::size_t frame) noexcept;

  // Hears the spectra of a sound whose key went up after `hold_s`, for lay_out().
  void listen(std::span<const float> sound, double hold_s) noexcept;
  void lay_out(double f0_hz, Comb& comb) const noexcept;

 private:
  float highest(std::size_t moment, double low_hz, double high_hz) const noexcept;

  RealFft band_fft_;
  std::span<float> band_window_;
  std::span<float> band_frame_;
  std::span<std::complex<float>> band_bins_;
  std::span<float> band_db_;
  std::span<std::uint8_t> band_level_;
  std::array<std::size_t, kBands + 1> edge_{};
  MomentSpectra spectra_;
};

}  // namespace sideband::match
