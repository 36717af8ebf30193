#include "core/analyzer/pitch_path.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sideband {
namespace {

constexpr float kMemory = 0.85F;         // of the accumulated score, per hop
constexpr float kUnvoicedScore = 0.55F;  // of a frame without pitch
constexpr float kOnsetCost = 0.2F;
constexpr float kReleaseCost = 0.3F;
constexpr float kJumpCost = 0.25F;
constexpr float kGlideCostPerOctave = 3.0F;
constexpr float kSilence = 1e-8F;  // mean square: −80 dB

// Mains hum: 50 or 60 Hz or, from rectifiers, twice that. No note of the equal-tempered scale at
// 440 Hz is within 1 % of them (the nearest, G1 and G2, are 2 % away), and no instrument is played
// this quietly.
constexpr float kHumWidth = 0.01F;
constexpr float kLoudestHum = 6e-4F;  // mean square: −32 dB
constexpr float kHumPenalty = 0.6F;

bool is_mains_frequency(float f0_hz) {
  for (const float mains_hz : {50.0F, 60.0F, 100.0F, 120.0F}) {
    if (std::abs(f0_hz - mains_hz) < kHumWidth * mains_hz) return true;
  }
  return false;
}

}  // namespace

void PitchPath::reset() noexcept {
  *this = PitchPath();
}

void PitchPath::advance(const CandidateList& candidates) noexcept {
  float best_before = -1e9F;
  for (int j = 0; j < count_; ++j) {
    best_before = std::max(best_before, nodes_[static_cast<std::size_t>(j)].total);
  }

  std::array<Node, CandidateList::kMax> next{};
  int best = -1;
  const bool silent = candidates.level < kSilence;
  for (int i = 0; i < candidates.count; ++i) {
    const PitchCandidate& candidate = candidates.items[static_cast<std::size_t>(i)];
    Node& node = next[static_cast<std::size_t>(i)];
    node.octave = std::log2(kAnalysisRateHz / candidate.period_samples);
    float from = unvoiced_total_ * kMemory - kOnsetCost;
    for (int j = 0; j < count_; ++j) {
      const Node& before = nodes_[static_cast<std::size_t>(j)];
      const float cost =
          std::min(kJumpCost, kGlideCostPerOctave * std::abs(before.octave - node.octave));
      from = std::max(from, before.total * kMemory - cost);
    }
    float score = silent ? 0.0F : candidate.score;
    if (candidates.level < kLoudestHum &&
        is_mains_frequency(kAnalysisRateHz / candidate.period_samples)) {
      score -= kHumPenalty;
    }
    node.total = score + from;
    if (best < 0 || node.total > next[static_cast<std::size_t>(best)].total) best = i;
  }
  unvoiced_total_ =
      kUnvoicedScore + std::max(unvoiced_total_ * kMemory, best_before * kMemory - kReleaseCost);
  nodes_ = next;
  count_ = candidates.count;

  const float lead =
      best < 0 ? -1.0F : nodes_[static_cast<std::size_t>(best)].total - unvoiced_total_;
  confidence_ = 1 / (1 + std::exp(-4 * lead));
  if (lead >= 0) {
    f0_hz_ = std::clamp(
        kAnalysisRateHz / candidates.items[static_cast<std::size_t>(best)].period_samples, kMinF0Hz,
        kMaxF0Hz);
  }
}

}  // namespace sideband
