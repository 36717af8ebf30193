// Tells a low note from two higher ones that merely fit into a common, longer period.
#pragma once

#include <span>

namespace sideband {

// A period T fits any mixture of sounds whose periods divide it: the echo of the last note under a
// new one, or a double stop, at 4 : 5 say. Then all partials of T are multiples of one of two
// numbers; in a real note of period T they are not. Fifths (2 : 3) are left alone: they cannot be
// told from a note whose fundamental is missing.
//
// Returns the largest share of the partials' summed amplitude that two such numbers explain, 0–1,
// from the newest samples of `signal` (oldest first, 16 kHz). `period` in samples; uses an even
// number of periods, at least kMinEvidenceSamples.
float mixture_share(std::span<const float> signal, float period) noexcept;

inline constexpr int kMinEvidenceSamples = 128;

}  // namespace sideband
