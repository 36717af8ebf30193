// A sound file made ready for matching: 16 kHz, silence before it cut away, its pitch found.
#pragma once

#include <string>
#include <vector>

namespace sideband::cli {

struct MatchTarget {
  std::vector<float> samples;  // at 16 kHz, from the onset on
  double f0_hz = 0;            // 0: no pitch was heard
  double silence_s = 0;        // what was cut away before the onset
};

MatchTarget read_target(const std::string& path);

}  // namespace sideband::cli
