// Audio at any host rate → Features every 4 ms: the first stage of the path.
#pragma once

#include <span>

#include "core/analyzer/features.h"
#include "core/analyzer/input_stage.h"
#include "core/analyzer/lag_products.h"
#include "core/analyzer/loudness_meter.h"
#include "core/analyzer/pitch_candidates.h"
#include "core/analyzer/pitch_path.h"
#include "core/analyzer/talk_guard.h"
#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

struct AnalyzerConfig {
  int sample_rate_hz = 48000;  // 8000…192000
  float min_f0_hz = kMinF0Hz;  // the instrument's range, where it is known
  float max_f0_hz = kMaxF0Hz;
};

class Analyzer {
 public:
  // [main-thread] Takes the memory.
  Status prepare(const AnalyzerConfig& config, Arena& arena);

  // [audio-thread] Other limits, from the next frame on; within kMinF0Hz … kMaxF0Hz.
  void set_range(float min_f0_hz, float max_f0_hz) noexcept {
    candidates_.prepare(min_f0_hz, max_f0_hz);
  }

  // [audio-thread] Forgets all that was heard.
  void reset() noexcept;

  // [audio-thread] Host samples still needed before the next frame is known: 1 … one hop. Frame k
  // is known when HopClock's hop k has been consumed.
  int samples_until_frame() const noexcept;

  // [audio-thread] Consumes in.size() ≤ samples_until_frame() samples; true when that completed a
  // frame, which is then in `frame`.
  bool process(std::span<const float> in, Features& frame) noexcept;

  // Whether what is heard now is talk. Such frames are unvoiced, but their pitch is followed.
  bool talking() const noexcept { return talk_.talking(); }

  // How far a frame's values lag behind the end of the input that made them known, in host samples:
  // the values describe the sound this much before. Constant after prepare().
  int latency_samples() const noexcept;

 private:
  InputStage input_;
  LoudnessMeter loudness_;
  LagProducts products_;
  PitchCandidates candidates_;
  PitchPath path_;
  TalkGuard talk_;
  CandidateList found_;
  int latency_samples_ = 0;
};

}  // namespace sideband
