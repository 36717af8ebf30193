#include "core/measure/picture.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/measure/spectra.h"

namespace sideband {
namespace {

constexpr int kSize = 1024;  // at 16 kHz 64 ms: partials of low notes stand apart

double mel_of(double hz) {
  return 2595 * std::log10(1 + hz / 700);
}
double hz_of(double mel) {
  return 700 * (std::pow(10.0, mel / 2595) - 1);
}

}  // namespace

bool draw_spectrogram(std::span<const float> samples, int rate_hz, int columns, int rows,
                      std::span<float> out_db, Arena scratch) {
  scratch.clear();
  Spectra spectra;
  const auto width = static_cast<std::size_t>(columns);
  const auto height = static_cast<std::size_t>(rows);
  if (samples.size() < kSize || out_db.size() < width * height) return false;
  if (!spectra.prepare(kSize, scratch)) return false;
  const auto bins = static_cast<std::size_t>(spectra.bins());
  const auto magnitudes = scratch.take<float>(bins);
  const auto strongest = scratch.take<float>(bins);
  if (scratch.exhausted()) return false;

  const double low = mel_of(kPictureLowestHz);
  const double step = (mel_of(rate_hz / 2.0) - low) / rows;
  // A sine of amplitude 1 has the magnitude √size / 4 under this window.
  const float full_scale = std::sqrt(static_cast<float>(kSize)) / 4;
  const std::size_t frames = spectra.frames(samples.size());
  for (std::size_t column = 0; column < width; ++column) {
    const std::size_t first = column * frames / width;
    const std::size_t last = std::max(first + 1, (column + 1) * frames / width);
    std::fill(strongest.begin(), strongest.end(), 0.0F);
    for (std::size_t frame = first; frame < last; ++frame) {
      spectra.magnitudes(samples, frame, magnitudes);
      for (std::size_t bin = 0; bin < bins; ++bin) {
        strongest[bin] = std::max(strongest[bin], magnitudes[bin]);
      }
    }
    for (std::size_t row = 0; row < height; ++row) {
      const double mel = low + step * static_cast<double>(height - 1 - row);
      const auto bin_at = [&](double m) { return hz_of(m) * kSize / rate_hz; };
      const double from = bin_at(mel);
      const double to = bin_at(mel + step);
      float peak = 0;
      if (to - from < 1) {
        // Rows narrower than a bin show the line between the bins, not steps.
        const double at = std::min((from + to) / 2, static_cast<double>(bins) - 1.001);
        const auto left = static_cast<std::size_t>(at);
        const auto part = static_cast<float>(at - static_cast<double>(left));
        peak = strongest[left] * (1 - part) + strongest[left + 1] * part;
      } else {
        const auto end = std::min(bins, static_cast<std::size_t>(std::ceil(to)));
        for (auto bin = static_cast<std::size_t>(from); bin < end; ++bin) {
          peak = std::max(peak, strongest[bin]);
        }
      }
      const float db = 20 * std::log10(std::max(peak / full_scale, 1e-6F));
      out_db[row * width + column] = std::max(db, kPictureFloorDb);
    }
  }
  return true;
}

}  // namespace sideband
