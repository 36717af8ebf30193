#include "core/match/target.h"

#include <algorithm>
#include <cmath>

#include "core/util/timebase.h"

namespace sideband::match {

std::size_t onset_of(std::span<const float> sound) noexcept {
  constexpr float kAudible = 0.01F;  // of the peak
  float peak = 0;
  for (const float x : sound) peak = std::max(peak, std::abs(x));
  std::size_t onset = 0;
  while (onset < sound.size() && std::abs(sound[onset]) < kAudible * peak) ++onset;
  return onset - std::min<std::size_t>(onset, kHopSamples);
}

double pitch_of(std::span<const float> sound, Analyzer& analyzer, Arena& arena) noexcept {
  constexpr float kLoudDb = 30;  // below the loudest frame
  constexpr std::size_t kFewestFrames = 5;
  if (!analyzer.prepare({.sample_rate_hz = kAnalysisRateHz}, arena)) return 0;
  const auto frames = arena.take<Features>(sound.size() / kHopSamples + 2);
  const auto pitches = arena.take<float>(frames.size());
  if (arena.exhausted()) return 0;
  analyzer.reset();
  std::size_t count = 0;
  float loudest_db = -120;
  while (!sound.empty() && count < frames.size()) {
    const auto samples =
        std::min(sound.size(), static_cast<std::size_t>(analyzer.samples_until_frame()));
    if (analyzer.process(sound.first(samples), frames[count])) {
      loudest_db = std::max(loudest_db, frames[count++].loudness_db);
    }
    sound = sound.subspan(samples);
  }
  std::size_t heard = 0;
  for (const Features& frame : frames.first(count)) {
    if (frame.confidence >= kVoicedConfidence && frame.loudness_db > loudest_db - kLoudDb) {
      pitches[heard++] = frame.f0_hz;
    }
  }
  if (heard < kFewestFrames) return 0;
  std::sort(pitches.begin(), pitches.begin() + static_cast<std::ptrdiff_t>(heard));
  return static_cast<double>(pitches[heard / 2]);
}

}  // namespace sideband::match
