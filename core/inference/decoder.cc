#include "core/inference/decoder.h"

#include <cstddef>

#include "core/inference/output_scaling.h"
#include "core/inference/tensor_table.h"

namespace sideband {
namespace {

// A configuration that parse_model() would not let pass.
Status check_config(const DecoderConfig& config) {
  if (config.type != DecoderType::kTcn) {
    return Status::error("this build decodes models of type 'tcn' only");
  }
  const bool sound =
      config.inputs == 2 && config.hidden >= 1 && config.blocks >= 1 &&
      config.blocks <= kMaxTcnBlocks && config.kernel >= 1 && config.dilation_base >= 1 &&
      config.levels >= 1 && config.levels <= kOperators && config.noise_bands >= 0 &&
      config.noise_bands <= kNoiseBands && config.outputs == config.levels + config.noise_bands;
  if (!sound) return Status::error("the decoder's configuration is out of range");
  return {};
}

}  // namespace

Status Decoder::prepare(const DecoderConfig& config, std::span<const TensorView> tensors,
                        Arena& arena) {
  config_ = config;
  if (Status status = check_config(config); !status.ok()) return status;
  TensorTable table(tensors);
  table.ignore("reverb.impulse");
  tcn_.prepare(config, table, 1, arena);
  outputs_ = arena.take<float>(static_cast<std::size_t>(config.outputs));
  if (Status status = table.finish(); !status.ok()) return status;
  if (arena.exhausted()) {
    return Status::error("the model needs more memory than the ", arena.capacity_bytes(),
                         " bytes it may have");
  }
  reset();
  return {};
}

bool Decoder::load_step() noexcept {
  return tcn_.load_step();
}

void Decoder::reset() noexcept {
  guard_.reset();
  tcn_.reset();
}

void Decoder::decode(const Features& features, Controls& controls) noexcept {
  const Features heard = guard_(features);
  const ScaledFeatures scaled = scale_features(heard);
  const std::span<float> input = tcn_.input(1)[0];
  input[0] = scaled.pitch;
  input[1] = scaled.loudness;
  controls.f0_hz = heard.f0_hz;
  tcn_.run(adjacent_frames(outputs_, outputs_.size()));
  scale_tcn_outputs(config_, outputs_, controls);
}

int Decoder::receptive_field_frames() const noexcept {
  return tcn_.receptive_field_frames();
}

long Decoder::parameters() const noexcept {
  return tcn_.parameters();
}

long Decoder::macs_per_frame() const noexcept {
  return tcn_.macs_per_frame();
}

}  // namespace sideband
