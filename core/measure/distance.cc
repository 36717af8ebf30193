#include "core/measure/distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "core/measure/spectra.h"

namespace sideband {
namespace {

constexpr int kMssSizes[] = {2048, 1024, 512, 256, 128, 64};
constexpr double kMssLogFloor = 1e-7;
constexpr std::size_t kRatiosPerLogarithm = 4;  // a float over the floor is below 1e47 each
constexpr int kMelSize = 1024;
constexpr std::size_t kMelBands = 64;
constexpr double kMelLowestHz = 30;
constexpr double kMelPowerFloor = 1e-6;

double mel_of(double hz) {
  return 2595 * std::log10(1 + hz / 700);
}
double hz_of(double mel) {
  return 700 * (std::pow(10.0, mel / 2595) - 1);
}

// A triangle's weights for the bins from `first` on.
struct MelBand {
  std::size_t first = 0;
  std::span<double> weights;
};

// Triangles evenly spaced on the HTK mel scale, peak 1. Each bin is in two of them at the most, so
// 2 × bins weights suffice.
void fill_mel_bands(std::span<MelBand> bands, std::span<double> weights, std::size_t bins) {
  const double low = mel_of(kMelLowestHz);
  const double step = (mel_of(kDistanceRateHz / 2.0) - low) / (kMelBands + 1);
  for (std::size_t band = 0; band < kMelBands; ++band) {
    const auto edge = [&](std::size_t i) {
      return hz_of(low + step * static_cast<double>(band + i));
    };
    const double left = edge(0);
    const double peak = edge(1);
    const double right = edge(2);
    std::size_t count = 0;
    for (std::size_t bin = 0; bin < bins; ++bin) {
      const double hz = static_cast<double>(bin) * kDistanceRateHz / kMelSize;
      const double weight = std::min((hz - left) / (peak - left), (right - hz) / (right - peak));
      if (weight <= 0) continue;
      if (count == 0) bands[band].first = bin;
      weights[count++] = weight;
    }
    bands[band].weights = weights.first(count);
    weights = weights.subspan(count);
  }
}

bool cut_to_same(std::span<const float>& reference, std::span<const float>& rendering) {
  const std::size_t length = std::min(reference.size(), rendering.size());
  reference = reference.first(length);
  rendering = rendering.first(length);
  return length >= kShortestForDistance;
}

}  // namespace

double multi_scale_spectral_distance(std::span<const float> reference,
                                     std::span<const float> rendering, Arena scratch) {
  if (!cut_to_same(reference, rendering)) return -1;
  double total = 0;
  for (const int size : kMssSizes) {
    scratch.clear();
    Spectra spectra;
    if (!spectra.prepare(size, scratch)) return -1;
    const auto bins = static_cast<std::size_t>(spectra.bins());
    const auto ours = scratch.take<float>(bins);
    const auto theirs = scratch.take<float>(bins);
    if (scratch.exhausted()) return -1;
    const std::size_t frames = spectra.frames(reference.size());
    double linear = 0;
    double logarithmic = 0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
      spectra.magnitudes(reference, frame, theirs);
      spectra.magnitudes(rendering, frame, ours);
      double product = 1;  // of a few ratios ≥ 1, so that they share a logarithm
      for (std::size_t bin = 0; bin < bins; ++bin) {
        const auto s = static_cast<double>(theirs[bin]);
        const auto e = static_cast<double>(ours[bin]);
        linear += std::abs(s - e);
        product *= (std::max(s, e) + kMssLogFloor) / (std::min(s, e) + kMssLogFloor);
        if (bin % kRatiosPerLogarithm != 0) continue;
        logarithmic += std::log(product);
        product = 1;
      }
      logarithmic += std::log(product);
    }
    total += (linear + logarithmic) / (static_cast<double>(frames) * static_cast<double>(bins));
  }
  return total;
}

double mel_log_spectral_distance_db(std::span<const float> reference,
                                    std::span<const float> rendering, Arena scratch) {
  if (!cut_to_same(reference, rendering)) return -1;
  scratch.clear();
  Spectra spectra;
  if (!spectra.prepare(kMelSize, scratch)) return -1;
  const auto bins = static_cast<std::size_t>(spectra.bins());
  const auto weights = scratch.take<double>(2 * bins);
  const auto ours = scratch.take<float>(bins);
  const auto theirs = scratch.take<float>(bins);
  if (scratch.exhausted()) return -1;
  std::array<MelBand, kMelBands> bands;
  fill_mel_bands(bands, weights, bins);
  const std::size_t frames = spectra.frames(reference.size());
  double total = 0;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    spectra.magnitudes(reference, frame, theirs);
    spectra.magnitudes(rendering, frame, ours);
    double sum = 0;
    for (const MelBand& band : bands) {
      double s = 0;
      double e = 0;
      for (std::size_t i = 0; i < band.weights.size(); ++i) {
        const std::size_t bin = band.first + i;
        const double weight = band.weights[i] * kMelSize;
        s += weight * static_cast<double>(theirs[bin]) * static_cast<double>(theirs[bin]);
        e += weight * static_cast<double>(ours[bin]) * static_cast<double>(ours[bin]);
      }
      const double difference_db = 10 * std::log10((s + kMelPowerFloor) / (e + kMelPowerFloor));
      sum += difference_db * difference_db;
    }
    total += std::sqrt(sum / kMelBands);
  }
  return total / static_cast<double>(frames);
}

}  // namespace sideband
