// Bands even on the mel scale (O'Shaughnessy's, 2595 log10(1 + f / 700)) from 30 Hz to 8 kHz.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "core/util/timebase.h"

namespace sideband::match {

// The bins of a Fourier transform of `size` samples at 16 kHz at which the bands begin, and where
// the last ends. Each band has a bin at least.
template <std::size_t kBands>
std::array<std::size_t, kBands + 1> mel_band_edges(std::size_t size) {
  const auto mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
  const double low = mel(30);
  const double step = (mel(kAnalysisRateHz / 2.0) - low) / static_cast<double>(kBands);
  std::array<std::size_t, kBands + 1> edge{};
  for (std::size_t b = 0; b <= kBands; ++b) {
    const double hz = 700 * (std::pow(10.0, (low + step * static_cast<double>(b)) / 2595) - 1);
    const auto bin =
        static_cast<std::size_t>(std::lround(hz * static_cast<double>(size) / kAnalysisRateHz));
    edge[b] = std::min(std::max(bin, b > 0 ? edge[b - 1] + 1 : std::size_t{1}), size / 2);
  }
  return edge;
}

}  // namespace sideband::match
