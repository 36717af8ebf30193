#include "core/analyzer/analyzer.h"

#include <cmath>

namespace sideband {
namespace {

// Half of the span that pitch and loudness are measured over, on average over the notes of an
// instrument; the resampler's delay comes on top.
constexpr double kFrameLagS = 0.007;

constexpr float kUnvoicing = 0.49F;  // makes any confidence less than a voiced frame's

}  // namespace

Status Analyzer::prepare(const AnalyzerConfig& config, Arena& arena) {
  if (!(config.min_f0_hz >= kMinF0Hz && config.max_f0_hz <= kMaxF0Hz &&
        config.min_f0_hz < config.max_f0_hz)) {
    return Status::error("pitch range ", config.min_f0_hz, " to ", config.max_f0_hz,
                         " Hz is not within ", kMinF0Hz, " to ", kMaxF0Hz, " Hz");
  }
  if (Status status = input_.prepare(config.sample_rate_hz, arena); !status.ok()) return status;
  candidates_.prepare(config.min_f0_hz, config.max_f0_hz);
  latency_samples_ =
      static_cast<int>(std::lround((input_.delay_s() + kFrameLagS) * config.sample_rate_hz));
  reset();
  return {};
}

void Analyzer::reset() noexcept {
  input_.reset();
  loudness_.reset();
  products_.reset();
  candidates_.reset();
  path_.reset();
  talk_.reset();
}

int Analyzer::samples_until_frame() const noexcept {
  return input_.samples_until_hop();
}

bool Analyzer::process(std::span<const float> in, Features& frame) noexcept {
  if (!input_.process(in)) return false;
  const std::span<const float> hop = input_.hop();
  loudness_.push(hop);
  products_.push(hop);
  candidates_.find(products_, path_.followed_period_samples(), found_);
  path_.advance(found_);

  frame.f0_hz = path_.f0_hz();
  frame.confidence = path_.confidence();
  const bool voiced = frame.confidence >= kVoicedConfidence;
  frame.loudness_db = loudness_.level_db(voiced ? kAnalysisRateHz / frame.f0_hz : 0.0F);
  talk_.advance(frame);
  if (talk_.talking()) frame.confidence *= kUnvoicing;
  return true;
}

int Analyzer::latency_samples() const noexcept {
  return latency_samples_;
}

}  // namespace sideband
