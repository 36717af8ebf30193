#include "core/match/hearing.h"

#include <algorithm>
#include <cmath>

#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr double kBinsPerHz = MomentSpectra::kBinsPerHz;
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
  density_ = arena.take<float>(kMostPeaks * kPlaces);
  stranger_ = arena.take<float>(kHighestRatio * kPerTurn + 1);
  constexpr double kBeside = 0.015;  // a whole ratio
  std::size_t count = 0;
  const auto each = [&](auto visit) {
    for (int coarse = 0; coarse < 16; ++coarse) {
      for (int fine = 1; fine < 100; ++fine) {
        const double ratio = (coarse == 0 ? 0.5 : coarse) * (1 + fine / 100.0);
        if (std::abs(ratio - std::round(ratio)) >= kBeside) visit(static_cast<float>(ratio));
      }
    }
  };
  each([&](float) { ++count; });
  legal_ = arena.take<float>(count);
  taken_ = arena.take<std::uint8_t>(count);
  if (arena.exhausted()) return false;
  count = 0;
  each([&](float ratio) { legal_[count++] = ratio; });
  return spectra_.prepare(kMoments, arena);
}

void Hearing::listen(std::span<const float> sound, double hold_s, double f0_hz) noexcept {
  const double up = hold_s * kAnalysisRateHz;
  std::array<double, kMoments> starts{};
  for (std::size_t m = 0; m < kAtHeld.size(); ++m) starts[m] = kAtHeld[m] * up;
  starts.back() = up - static_cast<double>(MomentSpectra::kSize);
  spectra_.listen(sound, starts);
  peaks_ = 0;
  for (std::size_t m = 0; m < kMoments; ++m) find_peaks(m);

  pitches_ = 0;
  for (int key = kLowestKey; key <= kHighestKey; ++key) {
    const double hz = 440 * std::exp2((key - 69) / 12.0);
    suppose(hz, likelihood(hz));
  }
  // A measured pitch between the keys counts as if it were one, and a little more than the others.
  constexpr double kSteepness = 4;
  for (int part = 1; part <= 3 && f0_hz > 0; ++part) {
    const double hz = at_key(f0_hz / part);
    suppose(hz, likelihood(hz) + (part == 1 ? kSteepness : 0));
  }
  const double best = pitches_ > 0 ? log_odds_[0] : 0;
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
  const auto db = spectra_.db(moment);
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

// Log-odds that the peaks lie on this pitch's lattice against peaks anywhere. What six operators
// play lies at whole multiples of the pitch, and beside them by as much as a ratio that is not
// whole lies beside its whole number: at few places within the pitch, however many partials there
// are. Places are hundredths of the pitch, as the DX7's fine ratios are; those that explain most
// are taken one by one, each for its price.
double Hearing::likelihood(double f0_hz) noexcept {
  constexpr double kWidthHz = 1;
  constexpr double kDetune = 0.002;
  constexpr double kAnywhere = 0.25;  // share of peaks that belong nowhere
  constexpr double kPrice = 12;
  constexpr double kOddPrice = 2;  // odd harmonics without the even ones are nothing strange
  constexpr int kRounds = 6;       // of fitting the shares
  constexpr std::size_t kMostTaken = 4;
  std::array<double, kMostPeaks> weight;
  for (std::size_t i = 0; i < peaks_; ++i) {
    const double turns = static_cast<double>(peak_[i].hz) / f0_hz;
    const double width = kWidthHz / f0_hz + kDetune * turns;
    const double within = std::abs(turns - std::round(turns));  // 0…½
    weight[i] = (static_cast<double>(peak_[i].db) + 60) / 60;
    const auto density = [&](bool here, double places) {
      return here ? static_cast<float>(std::max(0.5 / width / places, 1.0)) : 0.0F;
    };
    float* here = &density_[i * kPlaces];
    for (std::size_t k = 0; k < kOdd; ++k) {
      // Whole multiples and those half way between are one place, all others two.
      const double places = k == 0 || k + 1 == kOdd ? 1 : 2;
      here[k] = density(std::abs(within - static_cast<double>(k) / 100) < width, places);
    }
    if (turns < 0.5) here[0] = 0;
    here[kOdd] = density(std::abs(turns - 2 * std::floor(turns / 2) - 1) < width, 0.5);
  }
  const auto at = [&](std::size_t peak, std::size_t place) {
    return static_cast<double>(density_[peak * kPlaces + place]);
  };
  std::array<std::size_t, kMostTaken> taken{};
  const auto fit = [&](std::size_t count) {
    std::array<double, kMostTaken> share{};
    std::fill_n(share.begin(), count, (1 - kAnywhere) / static_cast<double>(count));
    double sum = 0;
    for (int round = 0; round < kRounds; ++round) {
      std::array<double, kMostTaken> next{};
      double all = 1e-9;
      sum = 0;
      for (std::size_t i = 0; i < peaks_; ++i) {
        double total = kAnywhere;
        for (std::size_t c = 0; c < count; ++c) total += share[c] * at(i, taken[c]);
        sum += weight[i] * std::log(total);
        for (std::size_t c = 0; c < count; ++c) {
          const double part = weight[i] * share[c] * at(i, taken[c]) / total;
          next[c] += part;
          all += part;
        }
      }
      for (std::size_t c = 0; c < count; ++c) share[c] = (1 - kAnywhere) * next[c] / all;
    }
    for (std::size_t c = 1; c < count; ++c) sum -= taken[c] == kOdd ? kOddPrice : kPrice;
    return sum;
  };
  // The DX7's keys are played mostly around the A below middle C; no pitch is excluded by that.
  constexpr double kPerOctaveSquared = 3;
  const double octaves = std::log2(f0_hz / 220);
  double best = fit(1);
  for (std::size_t count = 2; count <= kMostTaken; ++count) {
    double most = -1e30;
    std::size_t place = 0;
    for (std::size_t k = 1; k < kPlaces; ++k) {
      taken[count - 1] = k;
      const double value = fit(count);
      if (value <= most) continue;
      most = value;
      place = k;
    }
    if (most <= best) break;
    best = most;
    taken[count - 1] = place;
  }
  return best - kPerOctaveSquared * octaves * octaves;
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

// How loud partials are that are no harmonics of the pitch, in multiples of it: 1 the loudest of a
// moment, 0 what is too faint.
void Hearing::lay_out_strangers(double f0_hz) noexcept {
  constexpr float kFaintestDb = -40;
  constexpr double kWidthHz = 1;
  constexpr double kDetune = 0.0015;
  constexpr double kMostWidth = 0.04;  // that a harmonic takes for itself
  std::fill(stranger_.begin(), stranger_.end(), 0.0F);
  for (const Peak& peak : std::span(peak_).first(peaks_)) {
    const double turns = static_cast<double>(peak.hz) / f0_hz;
    const double width = std::max(kWidthHz / f0_hz + kDetune * turns, 1.5 / kPerTurn);
    if (turns > 0.5 && std::abs(turns - std::round(turns)) < std::min(width, kMostWidth)) continue;
    const float height = std::max(1 - peak.db / kFaintestDb, 0.0F);
    const auto low = static_cast<long>(std::ceil(std::max(turns - width, 0.0) * kPerTurn));
    const auto high = static_cast<long>(std::floor((turns + width) * kPerTurn));
    for (long k = low; k <= high && k < static_cast<long>(stranger_.size()); ++k) {
      const double off = std::abs(static_cast<double>(k) / kPerTurn - turns);
      float& at = stranger_[static_cast<std::size_t>(k)];
      at = std::max(at, height * static_cast<float>(1 - 0.5 * off / width));
    }
  }
}

// Of all ratios a DX7 has those that explain most of the strangers: by their own partial and by
// those a few whole multiples beside it. What one explains counts less for those after it.
void Hearing::find_ratios(SupposedPitch& pitch) noexcept {
  constexpr int kSidebands = 4;
  constexpr std::array<float, kSidebands + 1> kCounts{1, 0.5F, 0.5F, 0.3F, 0.3F};
  constexpr float kExplained = 0.5F;
  constexpr float kSame = 0.004F;
  constexpr int kBeside = 2;  // steps of the grid
  lay_out_strangers(pitch.f0_hz);
  const long last = static_cast<long>(stranger_.size()) - 1;
  const auto place = [&](float ratio, int n) {
    const double turns = std::abs(static_cast<double>(ratio) + n);
    return std::min(std::lround(turns * kPerTurn), last);
  };
  std::fill(taken_.begin(), taken_.end(), std::uint8_t{0});
  pitch.ratios = 0;
  while (pitch.ratios < SupposedPitch::kRatios) {
    float most = 0;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < legal_.size(); ++i) {
      if (taken_[i] != 0) continue;
      float sum = 0;
      for (int n = -kSidebands; n <= kSidebands; ++n) {
        sum += kCounts[static_cast<std::size_t>(std::abs(n))] *
               stranger_[static_cast<std::size_t>(place(legal_[i], n))];
      }
      if (sum <= most) continue;
      most = sum;
      chosen = i;
    }
    if (most <= 0) return;
    const float ratio = legal_[chosen];
    pitch.ratio[pitch.ratios++] = ratio;
    for (std::size_t i = 0; i < legal_.size(); ++i) {
      if (std::abs(legal_[i] - ratio) < kSame * ratio) taken_[i] = 1;
    }
    for (int n = -kSidebands; n <= kSidebands; ++n) {
      const long at = place(ratio, n);
      const float left = 1 - kExplained * kCounts[static_cast<std::size_t>(std::abs(n))];
      for (long k = std::max(at - kBeside, 0L); k <= std::min(at + kBeside, last); ++k) {
        stranger_[static_cast<std::size_t>(k)] *= left;
      }
    }
  }
}

}  // namespace sideband::match
