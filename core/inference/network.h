// Features → Controls for a batch of consecutive frames: guard, scaling, the network, scaling of
// its outputs.
#pragma once

#include <cstddef>
#include <span>

#include "core/analyzer/features.h"
#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"
#include "core/inference/feature_scaling.h"
#include "core/inference/frames.h"
#include "core/inference/output_scaling.h"
#include "core/inference/tcn.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

// Refuses what parse_model() would not let pass.
Status check_decoder_config(const DecoderConfig& config);

// Layer: DenseLayer (one frame at a time, real-time safe) or XnnpackLayer (batches).
template <typename Layer>
class Network {
 public:
  Status prepare(const DecoderConfig& config, std::span<const TensorView> tensors, int max_frames,
                 Arena& arena) {
    config_ = config;
    if (Status status = check_decoder_config(config); !status.ok()) return status;
    TensorTable table(tensors);
    table.ignore("reverb.impulse");
    tcn_.prepare(config, table, max_frames, arena);
    const auto outputs = static_cast<std::size_t>(config.outputs);
    outputs_ =
        adjacent_frames(arena.take<float>(outputs * static_cast<std::size_t>(max_frames)), outputs);
    if (Status status = table.finish(); !status.ok()) return status;
    if (arena.exhausted()) {
      return Status::error("the model needs more memory than the ", arena.capacity_bytes(),
                           " bytes it may have");
    }
    reset();
    return {};
  }

  bool load_step() noexcept { return tcn_.load_step(); }

  void reset() noexcept {
    guard_.reset();
    tcn_.reset();
  }

  // At most max_frames frames.
  void decode(std::span<const Features> features, std::span<Controls> controls) noexcept {
    const Frames input = tcn_.input(features.size());
    for (std::size_t n = 0; n < features.size(); ++n) {
      const Features heard = guard_(features[n]);
      const ScaledFeatures scaled = scale_features(heard);
      input[n][0] = scaled.pitch;
      input[n][1] = scaled.loudness;
      controls[n].f0_hz = heard.f0_hz;
    }
    const Frames outputs = outputs_.first(features.size());
    tcn_.run(outputs);
    for (std::size_t n = 0; n < features.size(); ++n) {
      scale_tcn_outputs(config_, outputs[n], controls[n]);
    }
  }

  int receptive_field_frames() const noexcept { return tcn_.receptive_field_frames(); }
  long parameters() const noexcept { return tcn_.parameters(); }
  long macs_per_frame() const noexcept { return tcn_.macs_per_frame(); }

  // For layers that can fail.
  bool failed() const noexcept { return tcn_.failed(); }

 private:
  DecoderConfig config_;
  FeatureGuard guard_;
  Tcn<Layer> tcn_;
  Frames outputs_;  // of the network, before scaling
};

}  // namespace sideband
