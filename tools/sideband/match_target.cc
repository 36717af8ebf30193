#include "tools/sideband/match_target.h"

#include <chrono>
#include <ctime>
#include <memory>

#include "core/match/target.h"
#include "core/util/timebase.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/progress.h"

namespace sideband::cli {

MatchTarget read_target(const std::string& path) {
  Audio audio = read_audio(path);
  if (audio.samples.empty()) throw Fault(path, "holds no sound");
  if (audio.rate_hz != kAnalysisRateHz) audio = resample(audio, kAnalysisRateHz);
  const std::size_t onset = match::onset_of(audio.samples);
  MatchTarget target;
  target.silence_s = static_cast<double>(onset) / kAnalysisRateHz;
  target.samples.assign(audio.samples.begin() + static_cast<std::ptrdiff_t>(onset),
                        audio.samples.end());
  Memory memory(std::size_t{32} << 20U);
  const auto analyzer = std::make_unique<Analyzer>();
  target.f0_hz = match::pitch_of(target.samples, *analyzer, memory.arena());
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
