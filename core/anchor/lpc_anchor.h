// The anchor of listening tests: linear prediction of order 10 in windows of 800 samples, each
// sounded by a single impulse. It keeps the coarse spectrum and the loudness, and loses the rest,
// so that a rating scale has a floor that everyone hears (Giudici et al. 2025 use it as theirs).
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

// Predictor of order coefficients.size() for the autocorrelation r[0…order] (Levinson-Durbin):
// x[n] ≈ Σ coefficients[k] · x[n − 1 − k]. Returns the energy of the error; 0 when there is
// nothing to predict, with all coefficients 0.
double predict_linearly(std::span<const double> autocorrelation, std::span<double> coefficients);

class LpcAnchor {
 public:
  static constexpr int kRateHz = 16000;  // of input and output
  static constexpr int kOrder = 10;
  static constexpr int kWindow = 800;        // samples, 50 ms
  static constexpr int kStep = kWindow / 2;  // Hann windows that overlap by half

  // [main-thread] Takes the memory.
  Status prepare(Arena& arena);

  // [audio-thread] As if only silence had been heard.
  void reset() noexcept;

  // [audio-thread] Any block size; in.size() == out.size(), and both may be the same memory.
  void process(std::span<const float> in, std::span<float> out) noexcept;

  // The first sample of a window is known when its last has been heard.
  static constexpr int latency_samples() noexcept { return kWindow; }

 private:
  void run_window() noexcept;

  std::span<float> heard_;     // the last kWindow samples, oldest first once a window is complete
  std::span<float> shape_;     // Hann window
  std::span<double> work_;     // a windowed window, then its impulse response
  std::span<float> sounding_;  // responses added up, from the sample to be played next
  int filled_ = 0;             // samples in heard_
  int played_ = 0;             // samples of sounding_ played since the last window
};

}  // namespace sideband
