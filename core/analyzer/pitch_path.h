// Follows one pitch through the candidates of successive hops, and says how sure it is of it.
#pragma once

#include <array>

#include "core/analyzer/features.h"
#include "core/analyzer/pitch_candidates.h"

namespace sideband {

class PitchPath {
 public:
  // [audio-thread]
  void reset() noexcept;

  // [audio-thread] One hop further.
  void advance(const CandidateList& candidates) noexcept;

  float f0_hz() const noexcept { return f0_hz_; }
  // Of the note that was last heard, 0 where none is.
  float followed_period_samples() const noexcept { return period_; }

  float confidence() const noexcept { return confidence_; }

 private:
  struct Node {
    float period_samples = 0;
    float octave = 0;  // log2 of the frequency in Hz
    float total = 0;   // accumulated score of the best path that ends here
  };

  void settle(const PitchCandidate& candidate, float octave, bool falling) noexcept;
  float glide_ahead(float speed, float age_hops) noexcept;

  std::array<Node, CandidateList::kMax> nodes_{};
  int count_ = 0;
  float unvoiced_total_ = 0;
  bool voiced_ = false;
  int voiced_hops_ = 0;            // since the note began, as far as it matters
  float level_ = 0;                // mean square, slowly
  float period_ = 0;               // of that pitch, samples
  float octave_ = 0;               // of the pitch followed, as measured
  float age_hops_ = 0;             // of that measurement
  std::array<float, 3> speeds_{};  // its last changes, octaves per hop
  float f0_hz_ = 440;
  float confidence_ = 0;
};

}  // namespace sideband
