// From a sound to the DX7 voices that may have made it: two small networks, trained by
// `python3 -m tools.train recogniser` on voices that this engine played. They seed the search.
//
// Many voices sound alike; so there is no single answer but a distribution to draw from: the
// algorithm and the feedback, and then one operator's ratio after the other, each given those
// before. It needs the pitch supposed, and says how likely that one is. When the key went up is
// heard apart, before all else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/dx7/voice.h"
#include "core/inference/dense_layer.h"
#include "core/match/recogniser_input.h"
#include "core/util/arena.h"
#include "core/util/rng.h"
#include "core/util/status.h"

namespace sideband::match {

// Ratios as the recogniser tells them apart: ½, 1, 2 … 15 one by one, all others by the semitone.
inline constexpr std::size_t kWholeRatioClasses = 16;
inline constexpr std::size_t kRatioClasses = kWholeRatioClasses + 72;

// The lowest ratio of a class; those from kWholeRatioClasses on are a semitone wide.
double ratio_of_class(std::size_t ratio_class);

class Recogniser {
 public:
  static constexpr std::size_t kPitches = 8;
  static constexpr std::size_t kMemoryBytes = std::size_t{4} << 20U;

  // [main-thread] `file` is a safetensors file; refuses with one sentence what is none of ours. It
  // may go afterwards; the arena must stay. Sounds of up to `max_samples` (16 kHz) can be heard.
  Status load(std::span<const std::byte> file, std::size_t max_samples, Arena& arena);

  // Seconds until the key goes up in a sound at 16 kHz, or its length where that is not heard.
  double key_up_s(std::span<const float> sound) noexcept;

  // Whether at some key it sounds like the voices that were learned from. Nothing else was: of
  // other sounds the guesses are worth little.
  bool knows(std::span<const float> sound, double hold_s) noexcept;

  // Hears a sound whose key went up after `hold_s` as from each of up to kPitches pitches in Hz.
  void listen(std::span<const float> sound, double hold_s, std::span<const double> f0_hz) noexcept;

  // The two networks by themselves. Log-odds for each frame of the input's bands, and last those
  // that the key goes up in none of them; valid until the next call.
  std::span<const float> key_up_log_odds(std::span<const std::uint8_t> bands) noexcept;
  // What one pitch of listen() looks like.
  void hear(std::size_t pitch, double f0_hz, const RecogniserInput::Comb& comb) noexcept;

  // Of a pitch of listen(): log-odds that it is the voice's.
  double log_odds(std::size_t pitch) const noexcept {
    return static_cast<double>(heads_[pitch][0]);
  }
  // And besides that those of algorithms 1…32 and of feedback 0…7, each among themselves.
  std::span<const float> heads(std::size_t pitch) const noexcept { return heads_[pitch]; }

  // A voice that may have made the sound, at a pitch of listen().
  struct Guess {
    int algorithm = 1;                            // 1…32
    int feedback = 0;                             // 0…7
    std::array<std::size_t, kOperators> ratio{};  // classes, operator 1 first
  };
  // `algorithm` 1…32 is given, 0 is drawn too.
  Guess draw(std::size_t pitch, int algorithm, Rng& random) noexcept;
  // Log-odds of the classes for one operator (0…5), given the guess's algorithm and the ratios of
  // the operators above it.
  std::array<float, kRatioClasses> ratio_log_odds(std::size_t pitch, const Guess& guess,
                                                  std::size_t op) noexcept;

 private:
  static constexpr int kMomentWidth = 80;
  static constexpr int kWidth = 192;
  static constexpr int kRatioWidth = 80;
  static constexpr int kAlgorithms = 32;
  static constexpr int kFeedbacks = 8;
  static constexpr int kHeads = 1 + kAlgorithms + kFeedbacks;
  static constexpr std::size_t kGiven = kAlgorithms + kOperators + kOperators * kRatioClasses;
  static constexpr std::array<int, 3> kUpTaps{9, 9, 7};
  static constexpr std::array<int, 4> kUpWidths{RecogniserInput::kBands, 16, 24, 1};
  static constexpr std::size_t kMostPadding = 4;  // half of the taps
  using Heard = std::array<float, kRatioWidth>;

  std::array<DenseLayer*, 9> layers() noexcept;
  void add_given(std::size_t index, Heard& sums) const noexcept;

  RecogniserInput input_;
  std::array<DenseLayer, 3> up_;
  float never_ = 0;
  std::array<std::span<float>, 3> up_frames_;  // with silence before and after
  DenseLayer moment_;
  std::array<DenseLayer, 2> body_;
  DenseLayer head_;
  DenseLayer ratio_heard_;
  DenseLayer ratio_;
  std::span<float> given_;  // kGiven × kRatioWidth
  std::span<float> up_log_odds_;
  std::array<Heard, kPitches> heard_{};
  std::array<std::array<float, kHeads>, kPitches> heads_{};
};

}  // namespace sideband::match
