#include "core/match/hearing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr double kBinsPerHz = 4096.0 / kAnalysisRateHz;
constexpr std::array<double, 4> kAtHeld{0, 0.12, 0.3, 0.55};  // of the hold; the fifth at its end
constexpr int kLowestKey = 24;
constexpr int kHighestKey = 96;

// The pitch of a key where it is one but for detune, which is found later.
double at_key(double f0_hz) {
  constexpr double kDetuneSemitones = 0.07;
  const double key = 69 + 12 * std::log2(f0_hz / 440);
  const double nearest = std::round(key);
  return std::abs(key - nearest) < kDetuneSemitones ? 440 * std::exp2((nearest - 69) / 12) : f0_hz;
}

}  // namespace

bool Hearing::prepare(Arena& arena) {
  window_ = arena.take<float>(kSize);
  frame_ = arena.take<float>(kSize);
  bins_ = arena.take<std::complex<float>>(kBins);
  for (auto& db : db_) db = arena.take<float>(kBins);
  if (!fft_.prepare(kSize, arena).ok() || arena.exhausted()) return false;
  for (std::size_t n = 0; n < kSize; ++n) {
    window_[n] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / kSize));
  }
  return true;
}

void Hearing::listen(std::span<const float> sound, double hold_s, double f0_hz) noexcept {
  const double up = hold_s * kAnalysisRateHz;
  float loudest_db = -200;
  for (std::size_t m = 0; m < kMoments; ++m) {
    const double start = m < kAtHeld.size() ? kAtHeld[m] * up : up - static_cast<double>(kSize);
    const auto first = static_cast<std::size_t>(std::max(start, 0.0));
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
  peaks_ = 0;
  for (std::size_t m = 0; m < kMoments; ++m) find_peaks(m);

  pitches_ = 0;
  for (int key = kLowestKey; key <= kHighestKey; ++key) {
    const double hz = 440 * std::exp2((key - 69) / 12.0);
    suppose(hz, likelihood(hz));
  }
  // What was measured is taken as seriously as the best of the keys, its half and third a little.
  const double best = pitches_ > 0 ? log_odds_[0] : 0;
  constexpr double kSteepness = 4;
  for (int part = 1; part <= 3 && f0_hz > 0; ++part) {
    suppose(at_key(f0_hz / part), best - (part - 1) * kSteepness);
  }
  double sum = 0;
  for (std::size_t i = 0; i < pitches_; ++i) sum += std::exp((log_odds_[i] - best) / kSteepness);
  for (std::size_t i = 0; i < pitches_; ++i) {
    pitch_[i].probability = std::exp((log_odds_[i] - best) / kSteepness) / sum;
    find_ratios(pitch_[i]);
  }
}

void Hearing::find_peaks(std::size_t moment) noexcept {
  constexpr float kFaintestDb = -40;
  constexpr float kAboveDb = 3;  // the bins two to the left and right
  constexpr std::size_t kMostHere = kMostPeaks / kMoments;
  const auto db = db_[moment];
  float top = -kDeepestDb;
  for (const float level : db) top = std::max(top, level);
  const std::size_t first = peaks_;
  for (std::size_t k = 3; k + 2 < kBins; ++k) {
    if (db[k] <= db[k - 1] || db[k] < db[k + 1] || db[k] < top + kFaintestDb ||
        db[k] < db[k - 2] + kAboveDb || db[k] < db[k + 2] + kAboveDb) {
      continue;
    }
    const float bend = db[k - 1] - 2 * db[k] + db[k + 1];
    const float offset = bend < 0 ? 0.5F * (db[k - 1] - db[k + 1]) / bend : 0.0F;
    const Peak peak{(static_cast<float>(k) + offset) / static_cast<float>(kBinsPerHz), db[k] - top};
    std::size_t at = peaks_;
    if (peaks_ - first < kMostHere) {
      ++peaks_;
    } else if (peak_[--at].db > peak.db) {
      continue;
    }
    for (; at > first && peak_[at - 1].db < peak.db; --at) peak_[at] = peak_[at - 1];
    peak_[at] = peak;
  }
}

// Log-odds that the peaks are harmonics of this pitch, or a few of its half, against peaks
// anywhere.
double Hearing::likelihood(double f0_hz) const noexcept {
  constexpr double kWidthHz = 0.6;
  constexpr double kDetune = 0.002;
  constexpr double kHarmonic = 0.75;  // shares of peaks
  constexpr double kHalf = 0.12;
  double sum = 0;
  for (const Peak& peak : std::span(peak_).first(peaks_)) {
    const double hz = static_cast<double>(peak.hz);
    const double width_hz = kWidthHz + kDetune * hz;
    const double chance = std::min(2 * width_hz / f0_hz, 0.45);
    const double off_hz = std::abs(hz - std::max(std::round(hz / f0_hz), 1.0) * f0_hz);
    const double half_off_hz = std::abs(hz - (std::floor(hz / f0_hz) + 0.5) * f0_hz);
    const double weight = (static_cast<double>(peak.db) + 60) / 60;
    double odds = (1 - kHarmonic - kHalf) / (1 - 2 * chance);
    if (off_hz < width_hz) {
      odds = kHarmonic / chance;
    } else if (half_off_hz < width_hz) {
      odds = kHalf / chance;
    }
    sum += weight * std::log(odds);
  }
  return sum;
}

void Hearing::suppose(double f0_hz, double log_odds) noexcept {
  for (std::size_t i = 0; i < pitches_; ++i) {
    if (std::abs(pitch_[i].f0_hz / f0_hz - 1) > 1e-4) continue;
    if (log_odds_[i] >= log_odds) return;
    std::copy(pitch_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
              pitch_.begin() + static_cast<std::ptrdiff_t>(pitches_),
              pitch_.begin() + static_cast<std::ptrdiff_t>(i));
    std::copy(log_odds_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
              log_odds_.begin() + static_cast<std::ptrdiff_t>(pitches_),
              log_odds_.begin() + static_cast<std::ptrdiff_t>(i));
    --pitches_;
    break;
  }
  std::size_t at = pitches_;
  if (pitches_ < kPitches) {
    ++pitches_;
  } else if (log_odds_[--at] >= log_odds) {
    return;
  }
  for (; at > 0 && log_odds_[at - 1] < log_odds; --at) {
    log_odds_[at] = log_odds_[at - 1];
    pitch_[at] = pitch_[at - 1];
  }
  log_odds_[at] = log_odds;
  pitch_[at] = {};
  pitch_[at].f0_hz = f0_hz;
}

float Hearing::loudness_at(double hz) const noexcept {
  constexpr double kReachHz = 3;
  const auto low = static_cast<std::size_t>(std::max((hz - kReachHz) * kBinsPerHz + 0.5, 0.0));
  const auto high = static_cast<std::size_t>((hz + kReachHz) * kBinsPerHz + 0.5);
  float level = -kDeepestDb;
  for (const auto& db : db_) {
    for (std::size_t k = low; k <= high && k < kBins; ++k) level = std::max(level, db[k]);
  }
  return level;
}

// Of all ratios a DX7 has those between the harmonics whose own sidebands are loudest.
void Hearing::find_ratios(SupposedPitch& pitch) const noexcept {
  constexpr int kSidebands = 3;
  constexpr double kBeside = 0.04;  // of the pitch, from a harmonic
  constexpr float kSame = 0.006F;
  std::array<float, SupposedPitch::kRatios> loudness{};
  for (int coarse = 0; coarse < 16; ++coarse) {
    for (int fine = 1; fine < 100; ++fine) {
      const double ratio = (coarse == 0 ? 0.5 : coarse) * (1 + fine / 100.0);
      if (std::abs(ratio - std::round(ratio)) < kBeside) continue;
      float db = 0;
      for (int n = -kSidebands; n <= kSidebands; ++n) {
        db += loudness_at(std::abs(ratio + n) * pitch.f0_hz);
      }
      const auto value = static_cast<float>(ratio);
      // Of neighbours only the loudest stays.
      bool louder = true;
      for (std::size_t i = 0; i < pitch.ratios; ++i) {
        if (std::abs(pitch.ratio[i] - value) > kSame * value) continue;
        louder = louder && db > loudness[i];
      }
      if (!louder) continue;
      std::size_t kept = 0;
      for (std::size_t i = 0; i < pitch.ratios; ++i) {
        if (std::abs(pitch.ratio[i] - value) <= kSame * value) continue;
        pitch.ratio[kept] = pitch.ratio[i];
        loudness[kept++] = loudness[i];
      }
      pitch.ratios = kept;
      std::size_t at = pitch.ratios;
      if (pitch.ratios < SupposedPitch::kRatios) {
        ++pitch.ratios;
      } else if (loudness[--at] >= db) {
        continue;
      }
      for (; at > 0 && loudness[at - 1] < db; --at) {
        loudness[at] = loudness[at - 1];
        pitch.ratio[at] = pitch.ratio[at - 1];
      }
      loudness[at] = db;
      pitch.ratio[at] = value;
    }
  }
}

}  // namespace sideband::match
