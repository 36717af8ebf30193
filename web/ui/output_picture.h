// What goes to the speakers, as the page saw it last: its spectrum and a stretch of its waveform.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace sideband::ui {

inline constexpr int kSpectrumBins = 4096;
inline constexpr int kScopeSamples = 4096;

struct OutputPicture {
  std::array<float, kSpectrumBins> level_db{};  // a full-scale sine is 0 dB
  std::array<float, kScopeSamples> sample{};
  float bin_hz = 0;  // 0: nothing has been seen yet
  float rate_hz = 0;

  // The browser's analyser shows a sine through a Blackman window, and silence as −∞.
  void tidy() {
    constexpr float kWindowDb =
        13.56F;  // −20·log10(0.42 / 2), the window's mean over a sine's two lines
    for (float& db : level_db) {
      db = std::isfinite(db) ? std::clamp(db + kWindowDb, -140.0F, 20.0F) : -140.0F;
    }
    for (float& s : sample) s = std::isfinite(s) ? s : 0.0F;
  }

  bool known() const { return bin_hz > 0; }
  float top_hz() const { return bin_hz * static_cast<float>(kSpectrumBins); }

  // The loudest bin between two frequencies, or the line between bins where they lie closer.
  float loudest(float low_hz, float high_hz) const {
    const float low = std::clamp(low_hz / bin_hz, 0.0F, static_cast<float>(kSpectrumBins - 2));
    const float high = std::clamp(high_hz / bin_hz, low, static_cast<float>(kSpectrumBins - 2));
    float found = std::max(between_bins(low), between_bins(high));
    for (int i = static_cast<int>(std::ceil(low)); i <= static_cast<int>(high); ++i) {
      found = std::max(found, level_db[static_cast<std::size_t>(i)]);
    }
    return found;
  }

 private:
  float between_bins(float place) const {
    const auto i = static_cast<std::size_t>(place);
    return level_db[i] + (level_db[i + 1] - level_db[i]) * (place - std::floor(place));
  }
};

// Where to start drawing so that the wave stands still: the stretch of `length` samples that looks
// most like `before`, searched over one period up to the newest samples.
inline int find_trigger(const float* samples, int count, int length, int period,
                        const float* before, int before_count) {
  const int newest = count - length;
  if (newest <= 0) return 0;
  const int oldest = std::max(0, newest - std::max(period, 1));
  int best = newest;
  float best_match = -1e30F;
  for (int start = oldest; start <= newest; ++start) {
    float match = 0;
    constexpr int kStep = 4;
    if (before_count > 0) {
      const int n = std::min(before_count, length);
      for (int i = 0; i < n; i += kStep) match += samples[start + i] * before[i];
    } else if (start > 0) {  // none yet: the steepest way up through zero
      const bool up = samples[start - 1] <= 0 && samples[start] > 0;
      match = up ? samples[start] - samples[start - 1] : 0;
    }
    if (match > best_match) {
      best_match = match;
      best = start;
    }
  }
  return best;
}

}  // namespace sideband::ui
