#include "core/slot.h"

namespace sideband {

void Slot::prepare(std::span<std::byte> memory, int output_rate_hz, std::uint32_t noise_seed) {
  arena_ = Arena(memory);
  output_rate_hz_ = output_rate_hz;
  noise_seed_ = noise_seed;
  loaded_ = false;
}

void Slot::clear() noexcept {
  loaded_ = false;
  decoder_ready_ = false;
  load_status_ = {};
  arena_.clear();
}

Status Slot::load(std::span<const std::byte> file) noexcept {
  clear();
  if (Status status = parse_model(file, arena_, model_); !status) return status;
  return build();
}

Status Slot::load(const Model& model) noexcept {
  clear();
  model_ = model;
  return build();
}

Status Slot::build() noexcept {
  model_.synth.output_rate_hz = output_rate_hz_;
  model_.synth.noise_seed = noise_seed_;
  if (Status status = decoder_.prepare(model_.decoder, model_.tensors(), arena_); !status) {
    return status;
  }
  if (Status status = synth_.prepare(model_.synth, arena_); !status) return status;
  if (arena_.exhausted()) {
    return Status::error("the model needs more than the ", arena_.capacity_bytes() >> 20U,
                         " MB that a slot has; use a smaller or narrower variant");
  }
  patch_ = model_.synth.patch;
  model_controls_ = {};
  sounding_controls_ = {};
  return {};
}

bool Slot::load_step() noexcept {
  if (loaded_ || !load_status_.ok()) return false;
  if (!decoder_ready_) {
    decoder_ready_ = !decoder_.load_step();
    if (decoder_ready_) load_status_ = decoder_.load_status();
    return load_status_.ok();
  }
  if (synth_.load_step()) return true;
  loaded_ = true;
  reset();
  return false;
}

void Slot::reset() noexcept {
  decoder_.reset();
  restart_sound();
}

void Slot::restart_sound() noexcept {
  intervention_stage_.reset();
  synth_.reset();
}

void Slot::decode(const Features& features) noexcept {
  if (!take_prepared()) decoder_.decode(features, model_controls_);
}

void Slot::listen(const Features& features) noexcept {
  if (!take_prepared()) decoder_.listen(features);
}

bool Slot::take_prepared() noexcept {
  if (prepared_.empty()) return false;
  model_controls_ = prepared_.front();
  prepared_ = prepared_.subspan(1);
  return true;
}

void Slot::render(const Interventions& interventions, float gate, std::span<float> out) noexcept {
  intervention_stage_.apply(interventions, patch_, model_controls_, gate, sounding_controls_,
                            settings_);
  synth_.render(sounding_controls_, settings_, out);
}

void Slot::set_patch(const FmPatch& patch) noexcept {
  patch_ = patch;
  patch_.i_max =
      model_.synth.patch.i_max;  // the scale of the levels is the network's, not the player's
}

}  // namespace sideband
