// One of the engine's voices: a loaded model's decoder and synth, with what the player edited on
// top.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/inference/decoder.h"
#include "core/interventions.h"
#include "core/model.h"
#include "core/synth/synth.h"
#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

class Slot {
 public:
  // [main-thread] `memory` is all that models loaded into this slot will ever use.
  void prepare(std::span<std::byte> memory, int output_rate_hz, std::uint32_t noise_seed);

  // [audio-thread] Starts over with the model in `file`, which must stay until load_step() has
  // returned false. On refusal the slot is empty.
  Status load(std::span<const std::byte> file) noexcept;

  // The same with a model that was compiled in.
  Status load(const Model& model) noexcept;

  // [audio-thread] A short piece of the loading work (at most about 0.1 ms); true while more is
  // left.
  bool load_step() noexcept;

  // [audio-thread] Why load_step() ended without a model, if it did.
  const Status& load_status() const noexcept { return load_status_; }

  bool loaded() const noexcept { return loaded_; }
  void unload() noexcept { loaded_ = false; }

  // [audio-thread] The network's past and the synth's sound are forgotten.
  void reset() noexcept;

  // [audio-thread] Advances the network by one frame: decode() for what render() is to sound,
  // listen() for what is only to be remembered.
  void decode(const Features& features) noexcept;
  void listen(const Features& features) noexcept;

  // From now on decode() and listen() take the next of these, made of the same features by a
  // batched decoder, instead of running the network. They must stay until they are used up; an
  // empty span ends it.
  void follow(std::span<const Controls> controls) noexcept { prepared_ = controls; }
  bool follows() const noexcept { return !prepared_.empty(); }

  // [audio-thread] Sounds the frame last decoded: interventions, gate (0…1), synth, reverb. A slot
  // that was not rendered for a while must be told by restart_sound() first.
  void render(const Interventions& interventions, float gate, std::span<float> out) noexcept;
  void restart_sound() noexcept;

  // Memory that the model took.
  std::size_t used_bytes() const noexcept { return arena_.used_bytes(); }

  const Controls& model_controls() const noexcept { return model_controls_; }
  const Controls& sounding_controls() const noexcept { return sounding_controls_; }

  const FmPatch& model_patch() const noexcept { return model_.synth.patch; }
  const FmPatch& patch() const noexcept { return patch_; }
  void set_patch(const FmPatch& patch) noexcept;

  // See Decoder; valid while the model is loaded.
  TableView table(std::size_t input) const noexcept { return decoder_.table(input); }

  // What the model in it plays; valid while it is loaded.
  std::string_view instrument() const noexcept { return model_.instrument; }

  // Loudness it was trained on; equal where the model does not say.
  float quiet_db() const noexcept { return model_.quiet_db; }
  float loud_db() const noexcept { return model_.loud_db; }

  int receptive_field_frames() const noexcept { return decoder_.receptive_field_frames(); }

 private:
  void clear() noexcept;
  Status build() noexcept;
  bool take_prepared() noexcept;

  Arena arena_;
  int output_rate_hz_ = 48000;
  std::uint32_t noise_seed_ = 1;
  Model model_;
  Decoder decoder_;
  Synth synth_;
  FmPatch patch_;  // the model's, as edited
  SynthSettings settings_;
  InterventionStage intervention_stage_;
  std::span<const Controls> prepared_;
  Controls model_controls_;
  Controls sounding_controls_;
  Status load_status_;
  bool decoder_ready_ = false;
  bool loaded_ = false;
};

}  // namespace sideband
