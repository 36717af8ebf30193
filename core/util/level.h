// Levels of samples.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace sideband {

inline float peak_of(std::span<const float> samples) {
  float peak = 0;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  return peak;
}

}  // namespace sideband
