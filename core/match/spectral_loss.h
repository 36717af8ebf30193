// How far a sound is from its target, with the gradient to every sample: multi-scale spectra,
// log-mel spectra and the envelope.
//
//   spectra   Σ over FFT sizes (Hann, hop a quarter): mean |S − T| + mean |log(S+ε) − log(T+ε)|
//   log-mel   mean over frames of √(mean over 64 bands of (difference in dB)²), as tools/train's
//             mel_lsd; 0.001 per dB² is added under the root so that its slope stays finite
//   envelope  mean |difference in dB| of the power in 8 ms blocks, above a floor
//
// `Transform` is the FFT: KissFFT for float, the tests bring one for double.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <span>

#include "core/util/arena.h"
#include "core/util/fft.h"
#include "core/util/timebase.h"

namespace sideband::match {

class FloatTransform {
 public:
  bool prepare(int size, Arena& arena) { return fft_.prepare(size, arena).ok(); }
  void forward(std::span<const float> time, std::span<std::complex<float>> spectrum) noexcept {
    fft_.forward(time, spectrum);
  }
  void inverse(std::span<const std::complex<float>> spectrum, std::span<float> time) noexcept {
    fft_.inverse(spectrum, time);
  }

 private:
  RealFft fft_;
};

// Triangles, evenly spaced on the HTK mel scale from 30 Hz to 8 kHz, peak 1: band b is a run of
// bins.
inline constexpr int kMelBands = 64;
inline constexpr int kMelFft = 1024;
template <typename Real>
struct MelBank {
  std::array<int, kMelBands> first{};
  std::array<int, kMelBands> count{};
  std::span<Real> weight;  // kMelFft/2 + 1 at most for each of two overlapping triangles
  std::array<int, kMelBands> at{};

  bool prepare(Arena& arena) {
    weight = arena.take<Real>(static_cast<std::size_t>(2 * kMelFft));
    if (weight.empty()) return false;
    const auto mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
    const auto hertz = [](double m) { return 700 * (std::pow(10.0, m / 2595) - 1); };
    const double low_mel = mel(30);
    const double step = (mel(kAnalysisRateHz / 2.0) - low_mel) / (kMelBands + 1);
    int next = 0;
    for (int band = 0; band < kMelBands; ++band) {
      const auto b = static_cast<std::size_t>(band);
      const double low = hertz(low_mel + step * band);
      const double peak = hertz(low_mel + step * (band + 1));
      const double high = hertz(low_mel + step * (band + 2));
      at[b] = next;
      first[b] = -1;
      for (int bin = 0; bin <= kMelFft / 2; ++bin) {
        const double hz = static_cast<double>(bin) * kAnalysisRateHz / kMelFft;
        const double w = std::min((hz - low) / (peak - low), (high - hz) / (high - peak));
        if (w <= 0) continue;
        if (first[b] < 0) first[b] = bin;
        weight[static_cast<std::size_t>(next++)] = static_cast<Real>(w);
      }
      if (first[b] < 0) first[b] = 0;
      count[b] = next - at[b];
    }
    return true;
  }
};

struct LossConfig {
  std::array<int, 6> sizes{1024, 0, 0, 0, 0, 0};  // of the spectra; 0: none
  int max_samples = 48000;
  int mel_hop = 256;
};

struct LossWeights {
  double linear = 0;  // of mean |S − T|, relative to the target's mean
  double logarithm = 0;
  double log_epsilon = 1e-4;
  double mel = 1;
  double mel_floor = 1e-6;  // power added before the logarithm: 1e-6 is the metric's own
  double envelope = 0;
};

struct LossParts {
  double spectra = 0;
  double mel_db = 0;  // mel-LSD when mel_floor is 1e-6
  double envelope_db = 0;
  double total = 0;
};

template <typename Real, typename Transform>
class SpectralLoss {
 public:
  bool prepare(const LossConfig& config, Arena& arena);

  // The target, as long as what it will be compared with. `spacing`: 0 for one continuous sound;
  // else the sound is excerpts of that many samples, each at least a frame long.
  void set_target(std::span<const Real> target, int spacing = 0) noexcept;

  // The loss; d_sound receives its gradient unless it is empty.
  LossParts evaluate(std::span<const Real> sound, const LossWeights& weights,
                     std::span<Real> d_sound) noexcept;

 private:
  static constexpr std::size_t kSizes = 6;
  static constexpr int kEnvelopeBlock = 128;  // 8 ms
  struct Scale {
    int size = 0;
    int hop = 0;
    Transform fft;
    std::span<Real> window;
    std::span<Real> target;  // magnitudes, frame by frame
    std::size_t target_stride = 0;
    double mean = 0;
  };
  bool prepare_scale(int size, int hop, int max_samples, Scale& scale, Arena& arena);
  // visit(first sample, frame index) for every frame that lies within one excerpt.
  template <typename Visit>
  std::size_t for_each_frame(const Scale& scale, std::size_t samples, Visit visit) const noexcept;
  void spectrum(Scale& scale, std::span<const Real> sound, std::size_t first) noexcept;
  void add_gradient(Scale& scale, std::size_t first, std::span<Real> d_sound) noexcept;
  double compare_spectra(Scale& scale, std::span<const Real> sound, const LossWeights& weights,
                         std::span<Real> d_sound) noexcept;
  double compare_mel(std::span<const Real> sound, const LossWeights& weights,
                     std::span<Real> d_sound) noexcept;
  double compare_envelope(std::span<const Real> sound, const LossWeights& weights,
                          std::span<Real> d_sound) noexcept;

  std::array<Scale, kSizes> scale_;
  Scale mel_scale_;
  MelBank<Real> mel_;
  std::span<Real> mel_target_;       // power
  std::span<Real> envelope_target_;  // power
  std::span<Real> frame_;
  std::span<std::complex<Real>> bins_;
  std::span<Real> magnitude_;
  std::span<Real> d_magnitude_;
  int spacing_ = 0;
};

}  // namespace sideband::match

#include "core/match/spectral_loss_impl.h"
