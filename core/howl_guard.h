// Ends the loop of speakers that feed the microphone. What such a loop sounds like, a player can
// play too: a steady tone. So the guard writes a pattern into the output's pitch, too small to be
// heard, and asks whether the pitch at the input follows that very pattern, one delay later. Two
// more, other patterns must come back after the same delay; only then is it a loop, and the output
// is turned down. A player does not follow a pattern of six cents and fifty milliseconds. (The
// pitch, because a loop ends where something overloads, and there the level at the input tells
// nothing any more.)
#pragma once

#include <array>
#include <cstdint>

#include "core/analyzer/features.h"

namespace sideband {

class HowlGuard {
 public:
  // [audio-thread] Off, it costs nothing and its gain is 1.
  void set_on(bool on) noexcept;
  void reset() noexcept;

  // [audio-thread] Once per 4 ms hop, with what was heard and what is to be rendered in answer,
  // whose pitch gets the pattern.
  void update(const Features& heard, Features& answer) noexcept;

  // Gain (0…1) at the end of the hop that is rendered in answer.
  float gain() const noexcept;

  // Loops found since reset(), and how far the output is turned down now.
  int howls() const noexcept { return howls_; }
  float turned_down_db() const noexcept { return 0.0F - ceiling_db_; }

  // Patterns written since reset(), by how large they were.
  static constexpr int kStages = 3;
  const std::array<int, kStages>& probes() const noexcept { return probes_; }

 private:
  enum class Phase : std::uint8_t { kListen, kProbe, kMute };

  static constexpr int kLongestDelay = 75;    // hops: 300 ms of air, buffers and radio
  static constexpr int kLongestPattern = 78;  // hops
  static constexpr int kHistory = 256;        // hops; more than both together

  struct Answer {
    float likeness = 0;   // correlation of what came back with the pattern, −1…1
    float following = 0;  // cents that came back per cent written
  };

  void listen(const Features& heard) noexcept;
  void probe() noexcept;
  void begin_probe(int stage) noexcept;
  Answer answer_after(int delay) const noexcept;
  void found() noexcept;
  float pattern_cents() const noexcept;
  float& at(std::array<float, kHistory>& ring, int frame) noexcept {
    return ring[static_cast<std::size_t>(frame % kHistory)];
  }
  float at(const std::array<float, kHistory>& ring, int frame) const noexcept {
    return ring[static_cast<std::size_t>(frame % kHistory)];
  }

  bool on_ = false;
  Phase phase_ = Phase::kListen;
  int frame_ = 0;        // since reset, modulo a multiple of kHistory
  int phase_frame_ = 0;  // within the phase
  std::array<float, kHistory> heard_cents_{};
  std::array<float, kHistory> answered_cents_{};
  std::array<float, kHistory> written_cents_{};  // the pattern as it went out
  int sounding_frames_ = 0;
  float average_db_ = -120;  // over about 80 ms
  float loudest_db_ = -120;  // of the sound that goes on

  int stage_ = 0;
  int pattern_ = 0;        // which one is written
  float depth_cents_ = 0;  // from its lowest to its highest
  int first_frame_ = 0;
  int shortest_delay_ = 0;  // hops, of the answers looked for
  int longest_delay_ = 0;
  Answer best_;
  int best_delay_ = 0;
  std::array<int, kStages> probes_{};

  float ceiling_db_ = 0;
  int calm_frames_ = 0;
  int howls_ = 0;
  float gain_db_ = 0;
};

}  // namespace sideband
