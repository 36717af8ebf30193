#include "core/inference/decoder.h"

namespace sideband {

Status check_decoder_config(const DecoderConfig& config) {
  bool sound = config.inputs == 2 && config.hidden >= 1 &&
               (config.noise_bands == 0 || config.noise_bands == kNoiseBands);
  if (config.type == DecoderType::kTcn) {
    sound = sound && config.blocks >= 1 && config.blocks <= kMaxTcnBlocks && config.kernel >= 1 &&
            config.dilation_base >= 1 && config.levels >= 1 && config.levels <= kOperators &&
            config.outputs == config.levels + config.noise_bands;
  } else {
    sound = sound && config.harmonics >= 1 && config.harmonics <= kHarmonics &&
            config.noise_bands == kNoiseBands &&
            config.outputs == 1 + config.harmonics + config.noise_bands;
  }
  if (!sound) return Status::error("the decoder's configuration is out of range");
  return {};
}

Status not_finite(std::string_view tensor) {
  return Status::error("tensor '", tensor, "' has a value that is not finite");
}

Status Decoder::prepare(const DecoderConfig& config, std::span<const TensorView> tensors,
                        Arena& arena) {
  config_ = config;
  return network_.prepare(config, tensors, 1, arena);
}

bool Decoder::load_step() noexcept {
  return network_.load_step();
}

Status Decoder::load_status() const noexcept {
  const DenseLayer* layer = network_.failed();
  return layer == nullptr ? Status() : not_finite(layer->name());
}

void Decoder::reset() noexcept {
  network_.reset();
}

void Decoder::decode(const Features& features, Controls& controls) noexcept {
  network_.decode({&features, 1}, {&controls, 1});
}

void Decoder::listen(const Features& features) noexcept {
  network_.listen(features);
}

int Decoder::receptive_field_frames() const noexcept {
  return network_.receptive_field_frames();
}

long Decoder::parameters() const noexcept {
  return network_.parameters();
}

long Decoder::macs_per_frame() const noexcept {
  return network_.macs_per_frame();
}

}  // namespace sideband
