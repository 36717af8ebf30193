// Any sound becomes a DX7 patch: a global search over algorithms and ratios, then the exact
// gradient.
//
// The loss is deceptive in frequency: away from the right ratio its gradient points anywhere. So no
// ratio is ever learned from afar: given the right pitch, algorithm and ratios, the gradient finds
// levels and envelopes in a second from anywhere, and without them it never does. Pitches come from
// the analyzer and from the keys on whose lattice the partials lie, ratios from two grids, the
// DX7's own (½, 1, 2, 3 …) and those that explain partials between the harmonics. Candidates breed:
// an operator is tried at all ratios, or the routing in all 32 algorithms, or in a few with two
// operators in each other's place, each by ear alone, and one of what sounds nearest goes on; its
// levels and envelopes are then fitted by gradient in a few excerpts, first with a high floor (only
// the strong partials count) and then with the metric's own. Of those that have the same ratios
// only the best stays. The best few are refined on the whole sound, where the detunes that make
// partials beat are tried one by one.
//
// Anytime: step() does some tens of milliseconds of work; the caller watches the clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/dx7/voice.h"
#include "core/match/audio_machine.h"
#include "core/match/hearing.h"
#include "core/match/key_up.h"
#include "core/match/recogniser.h"
#include "core/match/target_sketch.h"
#include "core/util/arena.h"
#include "core/util/rng.h"
#include "core/util/status.h"

namespace sideband::match {

struct MatchConfig {
  double f0_hz = 0;   // the target's pitch; 0: from its strongest partials
  double hold_s = 0;  // when its key went up; 0: from its envelope
  UpdateLaw law = UpdateLaw::kGradient;
  int algorithm = 0;  // 1…32: this one alone; 0: any
  std::uint32_t seed = 1;
  Recogniser* recogniser = nullptr;  // loaded, for kMaxSeconds; must outlive the matcher
};

struct Candidate {
  Coefficients parameters;
  int algorithm = 1;
  double loss = 1e30;     // mel-LSD in dB over what it was judged on
  std::size_t pitch = 0;  // which of the supposed pitches its ratios count from
};

class Matcher {
 public:
  static constexpr double kMaxSeconds = 4;  // of the target that is listened to
  static constexpr std::size_t kMemoryBytes = std::size_t{48} << 20U;

  // [main-thread] `target` at 16 kHz; refuses silence and less than 50 ms.
  Status prepare(std::span<const float> target, const MatchConfig& config, Arena& arena);

  // A unit of work. `done` is the fraction 0…1 of the time that has been spent.
  void step(double done) noexcept;

  // What it would hand over now: rounded to a legal voice, the better of the candidates.
  struct Result {
    dx7::Voice voice;
    int midi_note = 60;
    double f0_hz = 440;      // may be a fraction of the target's pitch
    double played_hz = 440;  // the target's pitch
    double hold_s = 0;
    double mel_db = 0;        // of the continuous patch
    double voice_mel_db = 0;  // of the voice, as a DX7 would hold it
    Candidate candidate;
  };
  Result result() noexcept;

  const Candidate& best() const { return best_; }  // on the way; its loss may be of excerpts alone
  double hold_s() const { return heard_.hold_s; }
  long steps() const { return steps_; }
  bool recognised() const { return config_.recogniser != nullptr; }  // the recogniser knows it
  // How far these parameters are from the target: mel-LSD in dB.
  double distance(const Coefficients& parameters) noexcept;

  // A patch to begin with besides what the search finds.
  void seed(const Candidate& candidate) noexcept;

 private:
  static constexpr std::size_t kPopulation = 28;
  static constexpr std::size_t kFinalists = 3;
  static constexpr std::size_t kPutAside = 4;  // of a population that is stuck
  static constexpr double kMeeting = 0.8;      // of the global stage: no new population after it
  static constexpr LossWeights kJudge{.mel = 1, .mel_floor = 1e-6};  // the metric's own

  // structure.cc: pitches, algorithms and ratios.
  void fresh(Candidate& candidate, const LossWeights& weights) noexcept;
  void set_levels(Coefficients& p) noexcept;
  void choose_pitch(Candidate& candidate) noexcept;

  // guessing.cc: what the recogniser makes of the target.
  double when_key_went_up() noexcept;
  void share_out_pitches() noexcept;
  void guess(Candidate& candidate) noexcept;
  float ratio_of(std::size_t ratio_class, const SupposedPitch& pitch) noexcept;

  std::size_t likely_ratio(const SupposedPitch& pitch) noexcept;
  float random_ratio(const Candidate& candidate) noexcept;
  void try_ratios(Candidate& candidate, std::size_t op, const LossWeights& weights) noexcept;
  void try_algorithms(Candidate& candidate, const LossWeights& weights) noexcept;
  void try_places(Candidate& candidate, const LossWeights& weights) noexcept;
  void rewire(Candidate& candidate, int algorithm, float feedback) const noexcept;
  float fresh_feedback(const Candidate& candidate) noexcept;
  static float feedback_of(const Candidate& candidate) noexcept;
  static void swap_operators(Coefficients& p, std::size_t a, std::size_t b, bool whole) noexcept;
  void change(Candidate& candidate, const LossWeights& weights) noexcept;
  template <std::size_t kMost>
  struct Trials;

  // breeding.cc: the population.
  void breed(double time) noexcept;
  void begin_again(double done) noexcept;
  double age(double done) const noexcept;
  void settle(const Candidate& child, std::size_t parent) noexcept;

  void change_detune(Candidate& candidate) noexcept;
  void place_key_up(const Candidate& candidate) noexcept;
  void choose_finalists() noexcept;
  void refine(double done) noexcept;
  void polish_voice() noexcept;
  // By gradient on the excerpts; what is still further away than `hopeless` after a few steps is
  // left as it was.
  void improve(Candidate& candidate, int steps, float rate, const LossWeights& weights,
               double hopeless = 1e30) noexcept;
  int any_algorithm() noexcept {
    return config_.algorithm > 0 ? config_.algorithm : 1 + static_cast<int>(draw(32));
  }
  std::uint32_t draw(std::uint32_t below) noexcept { return random_.next() % below; }

  MatchConfig config_;
  std::span<float> target_;
  TargetSketch heard_;
  KeyUpFinder key_up_;
  Hearing hearing_;
  std::array<double, Hearing::kPitches> pitch_share_{};  // how often each is tried
  Rng random_;
  AudioMachine sketch_;  // on excerpts
  AudioMachine whole_;
  std::array<Candidate, kPopulation> population_;
  std::size_t alive_ = 0;
  std::array<Candidate, 12 * kPutAside> aside_;
  std::array<int, Hearing::kPitches> stuck_{};  // populations whose best had this pitch
  std::size_t put_aside_ = 0;
  double born_at_ = 0;  // of the global stage: when this population began
  long born_at_step_ = 0;
  long progress_at_ = 0;
  double least_loss_ = 1e30;
  std::array<Candidate, kFinalists> finalist_;
  bool refining_ = false;
  std::size_t turn_ = 0;
  int turn_at_ = 0;        // steps of this turn that are done
  std::size_t which_ = 0;  // of the finalists
  Candidate best_;
  dx7::Voice voice_;
  double voice_loss_ = 1e30;
  bool voice_begun_ = false;
  long steps_ = 0;
};

// The key that a pitch is nearest to.
int nearest_key(double f0_hz);

}  // namespace sideband::match
