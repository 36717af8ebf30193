#include "core/match/recogniser_input.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr float kDeepestDb = 80;
constexpr double kBinsPerHz = 4096.0 / kAnalysisRateHz;
constexpr std::array<double, RecogniserInput::kMoments - 2> kAtHeld{0, 0.12, 0.3, 0.55};  // of hold

std::uint8_t level_of(float db) {  // −80…0
  return static_cast<std::uint8_t>(std::lround((db + kDeepestDb) * 3));
}

void fill_hann(std::span<float> window) {
  const auto size = static_cast<double>(window.size());
  for (std::size_t n = 0; n < window.size(); ++n) {
    window[n] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / size));
  }
}

}  // namespace

bool RecogniserInput::prepare(std::size_t max_samples, Arena& arena) {
  const std::size_t values = (max_samples / kBandHop + 1) * kBands;
  band_db_ = arena.take<float>(values);
  band_level_ = arena.take<std::uint8_t>(values);
  band_window_ = arena.take<float>(kBandFrame);
  window_ = arena.take<float>(kSize);
  frame_ = arena.take<float>(kSize);
  bins_ = arena.take<std::complex<float>>(kBins);
  for (auto& db : db_) db = arena.take<float>(kBins);
  if (!band_fft_.prepare(kBandFrame, arena).ok() || !fft_.prepare(kSize, arena).ok() ||
      arena.exhausted()) {
    return false;
  }
  fill_hann(band_window_);
  fill_hann(window_);
  const auto mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
  const double low = mel(30);
  const double step = (mel(kAnalysisRateHz / 2.0) - low) / kBands;
  for (std::size_t b = 0; b <= kBands; ++b) {
    const double hz = 700 * (std::pow(10.0, (low + step * static_cast<double>(b)) / 2595) - 1);
    const auto bin = static_cast<std::size_t>(std::lround(hz * kBandFrame / kAnalysisRateHz));
    edge_[b] = std::min(std::max(bin, b > 0 ? edge_[b - 1] + 1 : std::size_t{1}), kBandFrame / 2);
  }
  return true;
}

std::span<const std::uint8_t> RecogniserInput::bands(std::span<const float> sound) noexcept {
  if (sound.size() < kBandFrame) return {};
  const std::size_t frames =
      std::min((sound.size() - kBandFrame) / kBandHop + 1, band_db_.size() / kBands);
  float loudest_db = -200;
  for (std::size_t f = 0; f < frames; ++f) {
    for (std::size_t n = 0; n < kBandFrame; ++n) {
      frame_[n] = sound[f * kBandHop + n] * band_window_[n];
    }
    band_fft_.forward(std::span(frame_).first(kBandFrame),
                      std::span(bins_).first(kBandFrame / 2 + 1));
    for (std::size_t b = 0; b < kBands; ++b) {
      float power = 1e-12F;
      for (std::size_t k = edge_[b]; k < edge_[b + 1]; ++k) power += std::norm(bins_[k]);
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
  float loudest_db = -200;
  for (std::size_t m = 0; m < kMoments; ++m) {
    double start = up;
    if (m < kAtHeld.size()) start = kAtHeld[m] * up;
    if (m == kAtHeld.size()) start = std::max(0.0, up - static_cast<double>(kSize));
    const auto first = static_cast<std::size_t>(start);
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

float RecogniserInput::highest(std::size_t moment, double low_hz, double high_hz) const noexcept {
  const double middle = (low_hz + high_hz) / 2 * kBinsPerHz;
  auto low = static_cast<std::size_t>(std::lround(std::min(low_hz * kBinsPerHz, middle)));
  const auto high = static_cast<std::size_t>(std::lround(std::max(high_hz * kBinsPerHz, middle)));
  float level = -kDeepestDb;
  for (; low <= high && low < kBins; ++low) level = std::max(level, db_[moment][low]);
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
