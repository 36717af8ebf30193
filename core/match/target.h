// A sound made ready to be matched: where it begins, and what its pitch is.
#pragma once

#include <cstddef>
#include <span>

#include "core/analyzer/analyzer.h"
#include "core/util/arena.h"

namespace sideband::match {

// The sample of the first hop that comes to within 40 dB of the sound's peak.
std::size_t onset_of(std::span<const float> sound) noexcept;

// The pitch in Hz that most of the loud voiced frames agree on (their median), of a sound at 16
// kHz; 0 where it has none, and where the arena is full.
double pitch_of(std::span<const float> sound, Analyzer& analyzer, Arena& arena) noexcept;

}  // namespace sideband::match
