// How far a rendering is from its reference, in the two figures of the model cards
// (tools/train/metrics.py): MSS and mel-LSD. Both sounds are at 16 kHz; lower is better.
#pragma once

#include <span>

#include "core/util/arena.h"

namespace sideband {

inline constexpr int kDistanceRateHz = 16000;
inline constexpr std::size_t kShortestForDistance = 2048;  // samples
inline constexpr std::size_t kDistanceScratchBytes = 1U << 19U;

// Multi-scale spectral distance: Σ over windows of 64…2048 samples of mean |S − Ŝ| +
// mean |log(S + 1e-7) − log(Ŝ + 1e-7)|. The longer sound is cut; −1 where both are shorter than
// kShortestForDistance or the scratch does not suffice.
double multi_scale_spectral_distance(std::span<const float> reference,
                                     std::span<const float> rendering, Arena scratch);

// Root-mean-square difference in dB over 64 mel bands (30 Hz to 8 kHz), mean over the frames.
double mel_log_spectral_distance_db(std::span<const float> reference,
                                    std::span<const float> rendering, Arena scratch);

}  // namespace sideband
