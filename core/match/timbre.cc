#include "core/match/timbre.h"

#include <algorithm>
#include <cmath>

#include "core/util/timebase.h"

namespace sideband::match {

bool TimbreMeter::prepare(Arena& arena) {
  frame_ = arena.take<float>(kSize);
  bins_ = arena.take<std::complex<float>>(kSize / 2 + 1);
  before_ = arena.take<float>(kSize / 2 + 1);
  return fft_.prepare(kSize, arena).ok() && !arena.exhausted();
}

bool TimbreMeter::measure(std::span<const float> sound, Timbre& timbre) noexcept {
  constexpr int kHop = kSize / 2;
  double energy = 0;
  double centroid = 0;
  double spread = 0;
  double flatness = 0;
  double early = 0;
  double late = 0;
  double flux = 0;
  double rough = 0;
  double peak_db = -200;
  double peak_s = 0;
  double last_db = -200;
  double last_s = 0;
  std::fill(before_.begin(), before_.end(), 0.0F);
  const std::size_t frames = sound.size() < kSize ? 0 : (sound.size() - kSize) / kHop + 1;
  for (std::size_t f = 0; f < frames; ++f) {
    for (std::size_t n = 0; n < kSize; ++n) {
      const double hann = 0.5 - 0.5 * std::cos(6.283185307179586 * static_cast<double>(n) / kSize);
      const float x = sound[f * kHop + n];
      if (!std::isfinite(x)) return false;
      frame_[n] = static_cast<float>(hann * x);
    }
    fft_.forward(frame_, bins_);
    double power = 1e-12;
    double logs = 0;
    double first = 0;
    double second = 0;
    double change = 0;
    double dissonance = 0;
    for (std::size_t k = 2; k < bins_.size(); ++k) {
      const double p = std::norm(bins_[k]) / (kSize * 0.375 * kSize / 4);
      const double octave = std::log2(static_cast<double>(k));
      power += p;
      logs += std::log(p + 1e-12);
      first += p * octave;
      second += p * octave * octave;
      const double magnitude = std::sqrt(p);
      change += std::abs(magnitude - static_cast<double>(before_[k]));
      if (k > 5) dissonance += magnitude * static_cast<double>(before_[k - 3]);
      before_[k] = static_cast<float>(magnitude);
    }
    const double db = 10 * std::log10(power);
    const double seconds = static_cast<double>(f) * kHop / kAnalysisRateHz;
    if (db > peak_db) {
      peak_db = db;
      peak_s = seconds;
    }
    if (db > peak_db - 40) {
      last_db = db;
      last_s = seconds;
    }
    const double mean = first / power;
    energy += power;
    centroid += first;
    spread += power * std::max(second / power - mean * mean, 0.0);
    flatness += power * 4.3429 *
                (logs / static_cast<double>(bins_.size() - 2) -
                 std::log(power / static_cast<double>(bins_.size() - 2)));
    (f < frames / 4 ? early : late) +=
        mean / static_cast<double>(f < frames / 4 ? std::max<std::size_t>(frames / 4, 1)
                                                  : frames - frames / 4);
    flux += change / std::sqrt(power) / static_cast<double>(frames);
    rough += dissonance / power / static_cast<double>(frames);
  }
  if (peak_db < -50) return false;
  const double fall = last_s > peak_s ? (peak_db - last_db) / (last_s - peak_s) : 0;
  timbre = {centroid / energy,
            std::sqrt(spread / energy),
            flatness / energy,
            late - early,
            std::log10(peak_s + 0.01),
            std::min(fall, 200.0),
            flux,
            rough};
  return true;
}

}  // namespace sideband::match
