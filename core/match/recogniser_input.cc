#include "core/match/recogniser_input.h"

#include <algorithm>
#include <cmath>

#include "core/match/mel_bands.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr float kDeepestDb = MomentSpectra::kDeepestDb;
constexpr double kBinsPerHz = MomentSpectra::kBinsPerHz;
constexpr std::array<double, RecogniserInput::kMoments - 2> kAtHeld{0, 0.12, 0.3, 0.55};  // of hold

std::uint8_t level_of(float db) {  // −80…0
  return static_cast<std::uint8_t>(std::lround((db + kDeepestDb) * 3));
}

}  // namespace

bool RecogniserInput::prepare(std::size_t max_samples, Arena& arena) {
  const std::size_t values = (max_samples / kBandHop + 1) * kBands;
  band_db_ = arena.take<float>(values);
  band_level_ = arena.take<std::uint8_t>(values);
  band_window_ = arena.take<float>(kBandFrame);
  band_frame_ = arena.take<float>(kBandFrame);
  band_bins_ = arena.take<std::complex<float>>(kBandFrame / 2 + 1);
  if (!band_fft_.prepare(kBandFrame, arena).ok() || !spectra_.prepare(kMoments, arena) ||
      arena.exhausted()) {
    return false;
  }
  fill_hann(band_window_);
  edge_ = mel_band_edges<kBands>(kBandFrame);
  return true;
}

std::span<const std::uint8_t> RecogniserInput::bands(std::span<const float> sound) noexcept {
  if (sound.size() < kBandFrame) return {};
  const std::size_t frames =
      std::min((sound.size() - kBandFrame) / kBandHop + 1, band_db_.size() / kBands);
  float loudest_db = -200;
  for (std::size_t f = 0; f < frames; ++f) {
    for (std::size_t n = 0; n < kBandFrame; ++n) {
      band_frame_[n] = sound[f * kBandHop + n] * band_window_[n];
    }
    band_fft_.forward(band_frame_, band_bins_);
    for (std::size_t b = 0; b < kBands; ++b) {
      float power = 1e-12F;
      for (std::size_t k = edge_[b]; k < edge_[b + 1]; ++k) power += std::norm(band_bins_[k]);
      const float db = 10 * std::log10(power);
      band_db_[f * kBands + b] = db;
      loudest_db = std::max(loudest_db, db);
    }
  }
  for (std::size_t i = 0; i < frames * kBands; ++i) {
    band_level_[i] = level_of(std::clamp(band_db_[i] - loudest_db, -kDeepestDb, 0.0F));
  }
  return band_level_.first(frames * kBands);
}

long RecogniserInput::band_frame(double seconds) noexcept {
  return std::lround((seconds * kAnalysisRateHz - kBandFrame / 2.0) / kBandHop);
}

double RecogniserInput::band_seconds(std::size_t frame) noexcept {
  return static_cast<double>(frame * kBandHop + kBandFrame / 2) / kAnalysisRateHz;
}

void RecogniserInput::listen(std::span<const float> sound, double hold_s) noexcept {
  const double up = hold_s * kAnalysisRateHz;
  std::array<double, kMoments> starts{};
  for (std::size_t m = 0; m < kAtHeld.size(); ++m) starts[m] = kAtHeld[m] * up;
  starts[kAtHeld.size()] = up - static_cast<double>(MomentSpectra::kSize);
  starts.back() = up;
  spectra_.listen(sound, starts);
}

float RecogniserInput::highest(std::size_t moment, double low_hz, double high_hz) const noexcept {
  const double middle = (low_hz + high_hz) / 2 * kBinsPerHz;
  auto low = static_cast<std::size_t>(std::lround(std::min(low_hz * kBinsPerHz, middle)));
  const auto high = static_cast<std::size_t>(std::lround(std::max(high_hz * kBinsPerHz, middle)));
  const std::span<const float> db = spectra_.db(moment);
  float level = -kDeepestDb;
  for (; low <= high && low < db.size(); ++low) level = std::max(level, db[low]);
  return level;
}

void RecogniserInput::lay_out(double f0_hz, Comb& comb) const noexcept {
  std::size_t at = 0;
  const auto put = [&](std::size_t m, double low_hz, double high_hz) {
    comb[at++] = level_of(highest(m, low_hz, high_hz));
  };
  for (std::size_t m = 0; m < kMoments; ++m) {
    for (std::size_t i = 1; i <= kFine; ++i) {
      const double center = static_cast<double>(i) / 8;
      put(m, (center - 0.05) * f0_hz, (center + 0.05) * f0_hz);
    }
    for (std::size_t i = 1; i <= kHalves; ++i) {
      const double tooth_hz = (12 + static_cast<double>(i) / 2) * f0_hz;
      const double width_hz = std::max(4.0, 0.0025 * tooth_hz);
      put(m, tooth_hz - width_hz, tooth_hz + width_hz);
      put(m, tooth_hz + 0.12 * f0_hz, tooth_hz + 0.38 * f0_hz);
    }
  }
}

}  // namespace sideband::match
