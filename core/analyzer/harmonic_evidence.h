// Tells a low note from two higher ones that merely fit into a common, longer period.
#pragma once

#include <span>

namespace sideband {

// A period T fits any mixture of sounds whose periods divide it: the echo of the last note under a
// new one, say, at 5 : 2. Then the partials of T that its part T / divisor does not explain are
// themselves all multiples of one number; in a real note of period T they are not (1, 3, 5, …).
//
// Returns the largest share of those partials' energy that one such number explains, 0–1, from the
// newest samples of `signal` (oldest first, 16 kHz). `period` in samples; needs 2 periods, at least
// kMinEvidenceSamples.
float common_multiple_share(std::span<const float> signal, float period, int divisor) noexcept;

inline constexpr int kMinEvidenceSamples = 128;

}  // namespace sideband
