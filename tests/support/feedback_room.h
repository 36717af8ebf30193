// Speakers that feed the microphone: an engine whose output comes back to its input through a room,
// beside what a player plays.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "core/engine.h"
#include "core/util/rng.h"

namespace sideband::test {

struct FeedbackRoom {
  double delay_ms = 20;        // of the direct sound, buffers included
  double gain_db = 20;         // of the direct sound
  double reverb_s = 0;         // time for the reflections to fall by 60 dB; 0: none
  double reverb_db = -6;       // their energy, relative to the direct sound's
  double microphone_clip = 1;  // largest sample the microphone gives
};

// Taps of the room's response in samples, the first at `delay_ms`.
struct Tap {
  std::size_t delay;
  float gain;
};

inline std::vector<Tap> taps_of(const FeedbackRoom& room, int rate_hz) {
  const double direct = std::pow(10.0, room.gain_db / 20);
  const auto delay = static_cast<std::size_t>(room.delay_ms * rate_hz / 1000);
  std::vector<Tap> taps{{delay, static_cast<float>(direct)}};
  if (room.reverb_s <= 0) return taps;
  constexpr int kReflections = 60;
  Rng rng(7);
  double energy = 0;
  for (int i = 0; i < kReflections; ++i) {
    const double time_s = room.reverb_s * (i + 0.5 + 0.4 * rng.uniform()) / kReflections;
    const double gain = std::pow(10.0, -3 * time_s / room.reverb_s) * (i % 2 == 0 ? 1 : -1);
    taps.push_back({delay + static_cast<std::size_t>(time_s * rate_hz), static_cast<float>(gain)});
    energy += gain * gain;
  }
  const double scale = direct * std::pow(10.0, room.reverb_db / 20) / std::sqrt(energy);
  for (std::size_t i = 1; i < taps.size(); ++i) taps[i].gain *= static_cast<float>(scale);
  return taps;
}

// Plays `player` into the engine with the room around it; `each_block(end_sample)` may look at it.
// Returns what the speakers played.
template <typename EachBlock>
std::vector<float> play_in(const FeedbackRoom& room, Engine& engine, int rate_hz,
                           std::span<const float> player, EachBlock each_block) {
  constexpr std::size_t kBlock = 128;
  const std::vector<Tap> taps = taps_of(room, rate_hz);
  const auto clip = static_cast<float>(room.microphone_clip);
  std::vector<float> in(player.begin(), player.end()), out(player.size());
  for (std::size_t begin = 0; begin < in.size(); begin += kBlock) {
    const std::size_t count = std::min(kBlock, in.size() - begin);
    for (std::size_t i = begin; i < begin + count; ++i) {
      for (const Tap& tap : taps) {
        if (i >= tap.delay && tap.delay >= kBlock) in[i] += tap.gain * out[i - tap.delay];
      }
      in[i] = std::clamp(in[i], -clip, clip);
    }
    engine.process(std::span(in).subspan(begin, count), std::span(out).subspan(begin, count));
    each_block(begin + count);
  }
  return out;
}

}  // namespace sideband::test
