// Integrated loudness of a recording as ITU-R BS.1770-4 defines it, for one channel: K-weighting,
// mean squares of 400 ms blocks every 100 ms, gated at −70 LUFS and 10 LU below what is left. The
// filters are those of the recommendation at 48 kHz; at 16 kHz the bilinear transform bends their
// upper end, and a tone of 1 kHz counts 0.04 LU more.
#pragma once

#include <span>

#include "core/util/arena.h"

namespace sideband {

inline constexpr double kNoLoudness = -200;  // LUFS: nothing is above the absolute gate

// Scratch comes from the arena, 8 bytes for every 100 ms; kNoLoudness where it does not fit or the
// recording is shorter than a block. rate_hz: 8000…192000.
double integrated_loudness_lufs(std::span<const float> samples, int rate_hz, Arena& scratch);

}  // namespace sideband
