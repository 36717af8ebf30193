#include "tools/sideband/match_target.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>

#include "core/analyzer/analyzer.h"
#include "core/util/timebase.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/progress.h"

namespace sideband::cli {
namespace {

// The pitch most voiced frames agree on: the median, loud frames only.
double median_pitch(const std::string& path, const std::vector<float>& samples) {
  Memory memory(std::size_t{32} << 20U);
  const auto analyzer = std::make_unique<Analyzer>();
  check(path, analyzer->prepare({.sample_rate_hz = kAnalysisRateHz}, memory.arena()));
  analyzer->reset();
  std::vector<Features> frames;
  std::span<const float> rest(samples);
  while (!rest.empty()) {
    const auto count =
        std::min(rest.size(), static_cast<std::size_t>(analyzer->samples_until_frame()));
    Features frame;
    if (analyzer->process(rest.first(count), frame)) frames.push_back(frame);
    rest = rest.subspan(count);
  }
  float loudest_db = -120;
  for (const Features& frame : frames) loudest_db = std::max(loudest_db, frame.loudness_db);
  std::vector<float> pitches;
  for (const Features& frame : frames) {
    const bool heard = frame.confidence >= kVoicedConfidence && frame.loudness_db > loudest_db - 30;
    if (heard) pitches.push_back(frame.f0_hz);
  }
  if (pitches.size() < 5) return 0;
  std::sort(pitches.begin(), pitches.end());
  return pitches[pitches.size() / 2];
}

}  // namespace

MatchTarget read_target(const std::string& path) {
  Audio audio = read_audio(path);
  if (audio.samples.empty()) throw Fault(path, "holds no sound");
  if (audio.rate_hz != kAnalysisRateHz) audio = resample(audio, kAnalysisRateHz);
  float peak = 0;
  for (const float x : audio.samples) peak = std::max(peak, std::abs(x));
  std::size_t onset = 0;
  while (onset < audio.samples.size() && std::abs(audio.samples[onset]) < 0.01F * peak) ++onset;
  onset -= std::min<std::size_t>(onset, kHopSamples);
  MatchTarget target;
  target.silence_s = static_cast<double>(onset) / kAnalysisRateHz;
  target.samples.assign(audio.samples.begin() + static_cast<std::ptrdiff_t>(onset),
                        audio.samples.end());
  target.f0_hz = median_pitch(path, target.samples);
  return target;
}

void TimeBudget::spend(const std::string& what,
                       const std::function<void(double done)>& work) const {
  const auto now_s = [this] {
    using Clock = std::chrono::steady_clock;
    return processor_time ? static_cast<double>(std::clock()) / CLOCKS_PER_SEC
                          : std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
  };
  Progress progress(what);
  const double start_s = now_s();
  for (double done = 0; done < 1; done = (now_s() - start_s) / seconds) {
    work(done);
    progress.show(static_cast<std::size_t>(done * 1000), 1000);
  }
}

}  // namespace sideband::cli
