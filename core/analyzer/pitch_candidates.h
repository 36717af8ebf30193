// The periods that the last milliseconds of sound may have, each with how well it fits.
#pragma once

#include <array>

#include "core/analyzer/lag_products.h"

namespace sideband {

struct PitchCandidate {
  float period_samples = 0;
  float fit = 0;       // normalised correlation, ≤ 1, in the short window
  float long_fit = 0;  // the same in the long window
  float score = 0;     // fit, less the preference for the shorter of equally good periods
};

struct CandidateList {
  static constexpr int kMax = 10;
  std::array<PitchCandidate, kMax> items{};
  int count = 0;
  float level = 0;  // mean square of the band-limited signal over the last hops
};

class PitchCandidates {
 public:
  // [main-thread]
  void prepare(float min_f0_hz, float max_f0_hz);

  // [audio-thread]
  void reset() noexcept;

  // [audio-thread] Candidates after the newest hop of `products`.
  void find(const LagProducts& products, CandidateList& found) noexcept;

 private:
  // Correlation over a window that grows with the lag.
  struct Window {
    LagArray fit{};
  };

  float refine(const LagProducts& products, float period) const noexcept;

  float min_period_ = 8;
  float max_period_ = 320;
  Window short_;
  Window long_;
  std::array<LagArray, kMaxWindowHops + 1> sums_{};  // over the newest 1 … hops; entry 0 unused
};

}  // namespace sideband
