// The whole instrument on one screen: audio in → analyzer → decoder → interventions → synth → audio
// out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/howl_guard.h"
#include "core/interventions.h"
#include "core/listener.h"
#include "core/params.h"
#include "core/synth/output_stage.h"
#include "core/synth/silence_gate.h"
#include "core/util/arena.h"
#include "core/util/status.h"
#include "core/util/timebase.h"
#include "core/voices.h"

namespace sideband {

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
  bool talk = false;            // what is heard is talk
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
  bool loading() const noexcept { return voices_.loading(); }

  // [audio-thread] How the last load() went, once loading() is false: weights are looked at only as
  // they are unpacked.
  const Status& load_status() const noexcept { return voices_.load_status(); }

  // Finishes a load at once, without the crossfade (offline rendering, tests).
  Status finish_loading() noexcept { return voices_.finish_loading(); }
  bool loaded(int slot) const noexcept { return voices_.slot(slot).loaded(); }

  // What loading made of a wide network's input (0: pitch, 1: loudness), for a file that spares the
  // next load the work (input_tables.h); empty where there is none. Valid until the next load().
  TableView table(int slot, std::size_t input) const noexcept {
    return loaded(slot) ? voices_.slot(slot).table(input) : TableView{};
  }

  // For offline rendering: the slot's next frames take these controls instead of its network's.
  void follow(int slot, std::span<const Controls> controls) noexcept {
    voices_.slot(slot).follow(controls);
  }

  // For offline rendering: the next frames are these, which another engine made of the same input
  // (FrameTrace::played), and this one need not analyse it. They must stay until they are used up.
  void follow_played(std::span<const Features> played) noexcept { listener_.follow(played); }

  // [audio-thread] Values are clamped to the table's range and ramp from the next hop on.
  void set(Param param, float value) noexcept;
  float get(Param param) const noexcept { return params_[static_cast<std::size_t>(param)]; }

  // [audio-thread] The slot's routing, carriers and ratios, as edited; edits ramp over 20 ms.
  void set_patch(int slot, const FmPatch& patch) noexcept { voices_.slot(slot).set_patch(patch); }
  const FmPatch& patch(int slot) const noexcept { return voices_.slot(slot).patch(); }
  const FmPatch& model_patch(int slot) const noexcept { return voices_.slot(slot).model_patch(); }

  // [main-thread or audio-thread, short] The scale that "tuning" 3 draws notes to: a .scl file's
  // text. A refused text changes nothing.
  Status set_scala(std::string_view text) noexcept { return listener_.set_scala(text); }

  const Calibration& calibration() const noexcept { return listener_.calibration(); }

  // [audio-thread] Whether keys are played instead of the input. All keys are up after a change.
  void play_keys(bool on) noexcept { listener_.play_keys(on); }

  // [audio-thread] A MIDI message for the keyboard (keyboard.h), to take effect so many samples
  // after the next one processed. False when it means nothing to the keyboard.
  bool midi(std::uint8_t status, std::uint8_t first, std::uint8_t second,
            int delay_samples = 0) noexcept {
    return listener_.midi(status, first, second, hop_position_ + delay_samples);
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
  void run_hop() noexcept;
  void guard(std::span<float> out) noexcept;
  void write_trace(const Features& shaped, std::span<const float> out) noexcept;
  CalibrationTarget calibration_target() const noexcept;

  int sample_rate_hz_ = 48000;
  HopClock clock_;
  int hop_samples_ = 0;  // length of the hop being consumed and played
  int hop_position_ = 0;
  std::span<float> hop_out_;  // what the last hop rendered, played while the next one is heard

  Listener listener_;
  SilenceGate gate_;
  Interventions interventions_;
  Voices voices_;
  OutputStage output_stage_;
  HowlGuard howl_guard_;
  float howl_gain_ = 1;

  std::array<float, kParamCount> params_{};
  std::array<FrameTrace, kTraceFrames> traces_{};
  std::int64_t frame_count_ = 0;
};

}  // namespace sideband
