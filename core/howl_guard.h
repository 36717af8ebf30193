// Ends the loop of speakers that feed the microphone. What such a loop sounds like, a player can
// play too: a steady tone. So the guard asks: it dips the output for a moment, and listens whether
// the input dips as well. Twice yes, with two lengths, is a loop; the output is then turned down.
#pragma once

#include <cstdint>

#include "core/analyzer/features.h"

namespace sideband {

class HowlGuard {
 public:
  // [audio-thread] Off, it costs nothing and its gain is 1.
  void set_on(bool on) noexcept;
  void reset() noexcept;

  // [audio-thread] Gain (0…1) at the end of the hop whose input this is.
  float update(const Features& heard) noexcept;

  // Loops found since reset(), and how far the output is turned down now.
  int howls() const noexcept { return howls_; }
  float turned_down_db() const noexcept { return -ceiling_db_; }

 private:
  enum class Phase : std::uint8_t { kCalm, kProbe, kWait, kMute };

  bool steady(const Features& heard) noexcept;
  void begin_probe(int dip_frames) noexcept;
  void end_probe() noexcept;

  bool on_ = false;
  Phase phase_ = Phase::kCalm;
  int frame_ = 0;  // within the phase
  int steady_frames_ = 0;
  float anchor_log2_hz_ = 0;
  float average_db_ = -120;  // over about 80 ms
  float loudest_db_ = -120;  // of the steady tone
  int dip_frames_ = 0;
  float reference_db_ = 0;
  float lowest_db_ = 0;
  int answers_ = 0;  // probes that the input followed
  int cooldown_frames_ = 0;
  int next_cooldown_frames_ = 0;
  float ceiling_db_ = 0;
  int calm_frames_ = 0;
  int howls_ = 0;
  float gain_db_ = 0;
};

}  // namespace sideband
