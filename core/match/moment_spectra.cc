#include "core/match/moment_spectra.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sideband::match {

void fill_hann(std::span<float> window) noexcept {
  const auto size = static_cast<double>(window.size());
  for (std::size_t n = 0; n < window.size(); ++n) {
    window[n] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / size));
  }
}

bool MomentSpectra::prepare(std::size_t moments, Arena& arena) {
  window_ = arena.take<float>(kSize);
  frame_ = arena.take<float>(kSize);
  bins_ = arena.take<std::complex<float>>(kBins);
  for (std::size_t m = 0; m < moments; ++m) db_[m] = arena.take<float>(kBins);
  if (!fft_.prepare(kSize, arena).ok() || arena.exhausted()) return false;
  fill_hann(window_);
  return true;
}

void MomentSpectra::listen(std::span<const float> sound, std::span<const double> starts) noexcept {
  float loudest_db = -200;
  for (std::size_t m = 0; m < starts.size(); ++m) {
    const auto first = static_cast<std::size_t>(std::max(starts[m], 0.0));
    for (std::size_t n = 0; n < kSize; ++n) {
      frame_[n] = first + n < sound.size() ? sound[first + n] * window_[n] : 0.0F;
    }
    fft_.forward(frame_, bins_);
    for (std::size_t k = 0; k < kBins; ++k) {
      db_[m][k] = 10 * std::log10(std::norm(bins_[k]) + 1e-12F);
      loudest_db = std::max(loudest_db, db_[m][k]);
    }
  }
  for (const auto& db : db_) {
    for (float& level : db) level = std::clamp(level - loudest_db, -kDeepestDb, 0.0F);
  }
}

}  // namespace sideband::match
