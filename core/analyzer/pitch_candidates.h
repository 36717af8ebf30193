// The periods that the last milliseconds of sound may have, each with how well it fits.
#pragma once

#include <algorithm>
#include <array>

#include "core/analyzer/lag_correlation.h"
#include "core/analyzer/lag_products.h"
#include "core/analyzer/rising_note.h"

namespace sideband {

struct PitchCandidate {
  float period_samples = 0;
  float fit = 0;       // normalised correlation, ≤ 1, in the short window
  float long_fit = 0;  // the same in the long window
  float age_hops = 0;  // of the sound the period was measured in, on average
  bool early = false;  // from the newest hop alone
  bool dying = false;  // the sound falls faster than any note does
  float proven = 0;    // 0–1: the spectrum has its fundamental, and is no other note's
  float score = 0;     // fit, less what speaks for another octave

  // What the long window holds may have ended already.
  float mixed_fit() const noexcept { return std::max(fit, long_fit - 0.1F); }
};

// Relative distance within which two peaks are one candidate.
inline constexpr float kSamePeriod = 0.02F;

struct CandidateList {
  static constexpr int kMax = 10;
  std::array<PitchCandidate, kMax> items{};
  int count = 0;
  bool ending = false;  // the sound has just been stopped
  float level = 0;      // mean square of the band-limited signal over the last hops
};

class PitchCandidates {
 public:
  // [main-thread or audio-thread]
  void prepare(float min_f0_hz, float max_f0_hz) noexcept;

  // [audio-thread]
  void reset() noexcept;

  // [audio-thread] Candidates after the newest hop of `products`, where a note of followed_period
  // samples, or none (0), was heard a hop ago.
  void find(const LagProducts& products, float followed_period, CandidateList& found) noexcept;

 private:
  // What speaks for and against a candidate being the note, each 0–1.
  struct OctaveDoubt {
    float multiple;  // of the period
    float mixture;   // of two notes
    float root;      // its fundamental is there
  };
  struct PastDoubt {
    float period_samples = 0;
    float mixture = 0;
  };

  bool is_followed(const PitchCandidate& candidate) const noexcept;
  float remembered_mixture(const PitchCandidate& candidate) const noexcept;
  void collect(const LagCorrelation& correlation, CandidateList& found) const noexcept;
  OctaveDoubt octave_doubt(const LagProducts& products, const CandidateList& found,
                           const PitchCandidate& candidate) const noexcept;
  static float another_rises(const CandidateList& found, const PitchCandidate& followed) noexcept;
  static float part_of_note(const CandidateList& found, const PitchCandidate& part) noexcept;
  bool changing(const CandidateList& found) const noexcept;
  void add_rising(const LagProducts& products, CandidateList& found) noexcept;
  static bool is_harmonic_of_proven(const CandidateList& found, float period) noexcept;
  void refine(PitchCandidate& candidate) const noexcept;

  float min_period_ = 8;
  float max_period_ = 320;
  float envelope_ = 0;
  float followed_period_ = 0;
  float noise_ = 0;  // what the note's period leaves unexplained, slowly
  std::array<PastDoubt, CandidateList::kMax> past_doubts_{};
  bool attack_ = false;  // nothing known fits: the newest hop is asked too
  RisingNote rising_note_;
  LagCorrelation newest_;
  LagCorrelation short_;
  LagCorrelation long_;
};

}  // namespace sideband
