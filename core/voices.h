// The models that sound: the slots A and B, and a third that is being loaded or fades out. Every
// change of model or slot is a crossfade. A network that is not heard sleeps where its past is
// short enough to be heard once more; it does so, some frames a hop, before it sounds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/analyzer/features.h"
#include "core/interventions.h"
#include "core/slot.h"
#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

inline constexpr int kSlots = 2;  // A and B

class Voices {
 public:
  static constexpr int kVoices = kSlots + 1;
  static constexpr int kHistoryFrames = 128;  // what a network can hear once more

  // [main-thread] Memory for each voice; `hop_capacity` samples are the longest hop.
  void prepare(std::size_t slot_bytes, int sample_rate_hz, std::uint32_t noise_seed,
               std::size_t hop_capacity, Arena& arena);
  // [audio-thread] Networks and sound start over; models, patches and settings are kept.
  void reset() noexcept;

  // [audio-thread] See Engine::load(), finish_loading().
  Status load(int slot, std::span<const std::byte> file) noexcept;
  bool loading() const noexcept { return load_phase_ != LoadPhase::kIdle; }
  const Status& load_status() const noexcept { return load_status_; }
  Status finish_loading() noexcept;

  // [audio-thread] Which slot is heard (0: A, 1: B), and whether the other is subtracted from it.
  // It is so once the networks this needs are awake: after at most 18 hops.
  void hear(int slot) noexcept;
  void set_delta(bool on) noexcept;

  // [audio-thread] A step of loading. Once a hop, but not where the hop ends: its own work comes
  // there.
  void load_step() noexcept;

  // [audio-thread] One hop: the voices that are heard fill `out`.
  void render(const Features& features, const Interventions& interventions, float gate,
              std::span<float> out) noexcept;

  Slot& slot(int slot) noexcept { return voice_of(slot).slot; }
  const Slot& slot(int slot) const noexcept { return voice_of(slot).slot; }
  const Slot& heard() const noexcept { return slot(heard_.slot); }

 private:
  enum class LoadPhase : std::uint8_t { kIdle, kUnpack, kCatchUp, kFade };

  struct Voice {
    Slot slot;
    std::int64_t next_frame = 0;  // the next one its network hears
    float fade = 0;               // position in the crossfade, −1…1; gain is sin(fade · π/2)
    float fade_target = 0;        // 0; 1 where it is heard, −1 where it is taken away
    bool sounding = false;
  };

  struct Heard {
    int slot = 0;
    bool delta = false;
    bool operator==(const Heard&) const = default;
  };

  void advance_loading() noexcept;
  void take_over() noexcept;
  void change_what_is_heard(std::int64_t end, int frames) noexcept;
  bool catch_up(Voice& voice, std::int64_t end, int frames) noexcept;
  void rest(Voice& voice, const Features& features) noexcept;
  void mix(Voice& voice, std::span<const float> rendered, std::span<float> out) noexcept;
  void update_fade_targets() noexcept;
  Voice& voice_of(int slot) noexcept {
    return voices_[voice_index_[static_cast<std::size_t>(slot)]];
  }
  const Voice& voice_of(int slot) const noexcept {
    return voices_[voice_index_[static_cast<std::size_t>(slot)]];
  }

  int sample_rate_hz_ = 48000;
  std::span<float> rendered_;
  std::array<Voice, kVoices> voices_;
  std::array<std::size_t, kSlots> voice_index_{0, 1};
  std::size_t spare_ = 2;
  Heard heard_;
  Heard wanted_;

  LoadPhase load_phase_ = LoadPhase::kIdle;
  Status load_status_;
  int load_slot_ = 0;
  std::array<Features, kHistoryFrames> history_{};
  std::int64_t frame_count_ = 0;  // frames heard since reset()
};

}  // namespace sideband
