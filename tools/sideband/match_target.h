// A sound file made ready for matching: 16 kHz, silence before it cut away, its pitch found.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sideband::cli {

struct MatchTarget {
  std::vector<float> samples;  // at 16 kHz, from the onset on
  double f0_hz = 0;            // 0: no pitch was heard
  double silence_s = 0;        // what was cut away before the onset
};

MatchTarget read_target(const std::string& path);

// Calls work(fraction of the time that is over) until it is. Seconds of the wall clock, or of this
// process's processor time, which a busy machine does not shorten.
struct TimeBudget {
  double seconds = 20;
  bool processor_time = false;
  void spend(const std::string& what, const std::function<void(double done)>& work) const;
};

}  // namespace sideband::cli
