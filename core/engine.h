// The whole instrument on one screen: audio in → analyzer → decoder → interventions → synth → audio
// out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/analyzer/analyzer.h"
#include "core/analyzer/calibration.h"
#include "core/analyzer/pitch_shaper.h"
#include "core/howl_guard.h"
#include "core/interventions.h"
#include "core/keyboard.h"
#include "core/params.h"
#include "core/slot.h"
#include "core/synth/output_stage.h"
#include "core/synth/silence_gate.h"
#include "core/util/arena.h"
#include "core/util/status.h"
#include "core/util/timebase.h"

namespace sideband {

inline constexpr int kSlots = 2;  // A and B

struct EngineConfig {
  int sample_rate_hz = 48000;           // 8000…192000, input and output
  std::size_t slot_bytes = 32U << 20U;  // memory per model; three are kept: A, B and the next
  std::uint32_t noise_seed = 1;
};

// What one hop was made of, for the display and for tests.
struct FrameTrace {
  Features played;                              // as heard
  Features features;                            // as the decoder saw it (transposed, offset)
  std::array<float, kOperators> level{};        // sounding, after the interventions
  std::array<float, kOperators> model_level{};  // as the network gave it
  float noise_level = 0;                        // mean band magnitude
  float input_peak = 0;                         // 0…1 over the hop
  float output_peak = 0;
  float loudness_shift_db = 0;  // what calibration added to the loudness played
  float octave_shift = 0;       // and to the pitch
  float gate_db = 0;            // the gate in effect
};

class Engine {
 public:
  // Bytes an arena must have for prepare().
  static std::size_t required_bytes(const EngineConfig& config);

  // [main-thread] Takes all the memory the engine will ever use.
  Status prepare(const EngineConfig& config, Arena& arena);

  // [audio-thread] Back to silence; models, patches and parameters are kept.
  void reset() noexcept;

  // [audio-thread] Any block size; the output does not depend on it. in.size() == out.size(), and
  // both may be the same memory.
  void process(std::span<const float> in, std::span<float> out) noexcept;

  // Samples from a sound at the input to its echo at the output. Constant after prepare().
  int latency_samples() const noexcept;

  // [audio-thread] Starts loading a model into a slot (0: A, 1: B). `file` must stay until
  // loading() is false. The old model sounds on meanwhile; the new one is unpacked a step per hop,
  // hears the last half second once more, and then takes over in a 20 ms crossfade. A refused file
  // leaves the slot as it was.
  Status load(int slot, std::span<const std::byte> file) noexcept;
  bool loading() const noexcept { return load_phase_ != LoadPhase::kIdle; }

  // [audio-thread] How the last load() went, once loading() is false: weights are looked at only as
  // they are unpacked.
  const Status& load_status() const noexcept { return load_status_; }

  // Finishes a load at once, without the crossfade (offline rendering, tests).
  Status finish_loading() noexcept;
  bool loaded(int slot) const noexcept;

  // For offline rendering: the slot's next frames take these controls instead of its network's.
  void follow(int slot, std::span<const Controls> controls) noexcept {
    voice_of(slot).slot.follow(controls);
  }

  // [audio-thread] Values are clamped to the table's range and ramp from the next hop on.
  void set(Param param, float value) noexcept;
  float get(Param param) const noexcept { return params_[static_cast<std::size_t>(param)]; }

  // [audio-thread] The slot's routing, carriers and ratios, as edited; edits ramp over 20 ms.
  void set_patch(int slot, const FmPatch& patch) noexcept;
  const FmPatch& patch(int slot) const noexcept;
  const FmPatch& model_patch(int slot) const noexcept;

  // [main-thread or audio-thread, short] The scale that "tuning" 3 draws notes to: a .scl file's
  // text. A refused text changes nothing.
  Status set_scala(std::string_view text) noexcept;

  const Calibration& calibration() const noexcept { return calibration_; }

  // [audio-thread] Whether keys are played instead of the input. All keys are up after a change.
  void play_keys(bool on) noexcept;

  // [audio-thread] A MIDI message for the keyboard (keyboard.h), to take effect so many samples
  // after the next one processed. False when it means nothing to the keyboard.
  bool midi(std::uint8_t status, std::uint8_t first, std::uint8_t second,
            int delay_samples = 0) noexcept {
    return keyboard_.midi(status, first, second, hop_position_ + delay_samples);
  }

  // [audio-thread] Whether the output is watched for feeding the input (howl_guard.h).
  void guard_against_howl(bool on) noexcept { howl_guard_.set_on(on); }
  const HowlGuard& howl_guard() const noexcept { return howl_guard_; }

  // The last kTraceFrames hops, the newest at frame_count() − 1.
  static constexpr int kTraceFrames = 128;
  std::int64_t frame_count() const noexcept { return frame_count_; }
  const FrameTrace& trace(std::int64_t frame) const noexcept {
    return traces_[static_cast<std::size_t>(frame % kTraceFrames)];
  }

 private:
  static constexpr int kVoices = kSlots + 1;  // A, B, and the one being loaded or fading out

  enum class LoadPhase : std::uint8_t { kIdle, kUnpack, kCatchUp, kFade };

  struct Voice {
    Slot slot;
    float fade = 0;         // position in the crossfade, −1…1; gain is sin(fade · π/2)
    float fade_target = 0;  // 0; 1 where it is heard, −1 where it is taken away
    bool sounding = false;
  };

  void listen(std::span<const float> in) noexcept;
  void run_hop() noexcept;
  void advance_loading() noexcept;
  void take_over() noexcept;
  void mix(Voice& voice, std::span<float> out) noexcept;
  void update_fade_targets() noexcept;
  Features shape(const Features& played) noexcept;
  CalibrationTarget calibration_target() const noexcept;
  void update_tuning() noexcept;
  void update_keys() noexcept;
  void guard(std::span<float> out) noexcept;
  void set_operator(Param param, float value) noexcept;
  Voice& voice_of(int slot) noexcept {
    return voices_[voice_index_[static_cast<std::size_t>(slot)]];
  }
  const Voice& voice_of(int slot) const noexcept {
    return voices_[voice_index_[static_cast<std::size_t>(slot)]];
  }
  int heard_slot() const noexcept { return get(Param::kSlot) >= 0.5F ? 1 : 0; }

  int sample_rate_hz_ = 48000;
  HopClock clock_;
  int hop_samples_ = 0;  // length of the hop being consumed and played
  int hop_position_ = 0;
  std::span<float> hop_out_;  // what the last hop rendered, played while the next one is heard
  std::span<float> hop_in_;
  std::span<float> voice_out_;

  Analyzer analyzer_;
  Features frame_;
  Calibration calibration_;
  Keyboard keyboard_;
  bool keys_ = false;
  HowlGuard howl_guard_;
  float howl_gain_ = 1;
  PitchShaper pitch_shaper_;
  Tuning user_tuning_;
  SilenceGate gate_;
  OutputStage output_stage_;
  Interventions interventions_;
  float input_gain_ = 1;  // ramps to input_gain_target_ over a hop
  float input_gain_target_ = 1;
  float input_peak_ = 0;

  std::array<Voice, kVoices> voices_;
  std::array<std::size_t, kSlots> voice_index_{0, 1};
  std::size_t spare_ = 2;
  LoadPhase load_phase_ = LoadPhase::kIdle;
  Status load_status_;
  int load_slot_ = 0;
  std::int64_t catch_up_frame_ = 0;

  std::array<float, kParamCount> params_{};
  std::array<FrameTrace, kTraceFrames> traces_{};
  std::int64_t frame_count_ = 0;
};

}  // namespace sideband
