// Features → Controls for a batch of consecutive frames: guard, scaling, the network, and what its
// outputs are for the synth.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/analyzer/features.h"
#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"
#include "core/inference/feature_scaling.h"
#include "core/inference/frames.h"
#include "core/inference/gru.h"
#include "core/inference/kernels.h"
#include "core/inference/output_scaling.h"
#include "core/inference/tcn.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"
#include "core/util/status.h"

namespace sideband {

// Refuses what parse_model() would not let pass.
Status check_decoder_config(const DecoderConfig& config);

// The sentence for a tensor that turned out so while it was read.
Status not_finite(std::string_view tensor);

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
    if (is_tcn()) {
      tcn_.prepare(config, table, max_frames, arena);
    } else {
      gru_.prepare(config, table, max_frames, arena);
    }
    const auto outputs = static_cast<std::size_t>(config.outputs);
    const std::span<float> memory =
        arena.take<float>(outputs * static_cast<std::size_t>(max_frames) + Gru<Layer>::kSlack);
    outputs_ = adjacent_frames(memory, outputs).first(static_cast<std::size_t>(max_frames));
    if (Status status = table.finish(); !status.ok()) return status;
    if (arena.exhausted()) {
      return Status::error("the model needs more memory than the ", arena.capacity_bytes(),
                           " bytes it may have");
    }
    reset();
    return {};
  }

  bool load_step() noexcept { return is_tcn() ? tcn_.load_step() : gru_.load_step(); }

  // Of a wide GRU's inputs, once it is loaded (input_tables.h); empty where there is none.
  TableView table(std::size_t input) const noexcept {
    return is_tcn() ? TableView{} : gru_.table(input);
  }

  void reset() noexcept {
    guard_.reset();
    if (is_tcn()) {
      tcn_.reset();
    } else {
      gru_.reset();
    }
  }

  // At most max_frames frames.
  void decode(std::span<const Features> features, std::span<Controls> controls) noexcept {
    const std::size_t count = features.size();
    const Frames input = is_tcn() ? tcn_.input(count) : gru_.input(count);
    for (std::size_t n = 0; n < count; ++n) controls[n].f0_hz = take(features[n], input[n]);
    const Frames outputs = outputs_.first(count);
    if (is_tcn()) {
      tcn_.run(outputs);
    } else {
      gru_.run(outputs);
    }
    for (std::size_t n = 0; n < count; ++n) {
      if (is_tcn()) {
        scale_tcn_outputs(*rows_, config_, outputs[n], controls[n]);
      } else {
        scale_gru_outputs(*rows_, config_, outputs[n], controls[n]);
      }
    }
  }

  // One frame that nobody wants the controls of: what later ones depend on, and no more.
  void listen(const Features& features) noexcept {
    if (is_tcn()) {
      take(features, tcn_.input(1)[0]);
      tcn_.run(outputs_.first(1));
    } else {
      take(features, gru_.input(1)[0]);
      gru_.listen(1);
    }
  }

  // Frames that an output depends on; 0 where it depends on all before it.
  int receptive_field_frames() const noexcept {
    return is_tcn() ? tcn_.receptive_field_frames() : 0;
  }
  long parameters() const noexcept { return is_tcn() ? tcn_.parameters() : gru_.parameters(); }
  long macs_per_frame() const noexcept {
    return is_tcn() ? tcn_.macs_per_frame() : gru_.macs_per_frame();
  }

  // The first layer whose weights or whose work failed, or null.
  const Layer* failed() const noexcept { return is_tcn() ? tcn_.failed() : gru_.failed(); }

 private:
  bool is_tcn() const noexcept { return config_.type == DecoderType::kTcn; }

  // Writes what the network sees of a frame; returns the pitch that sounds.
  float take(const Features& features, std::span<float> input) noexcept {
    const Features heard = guard_(features);
    const ScaledFeatures scaled = scale_features(heard);
    input[0] = scaled.pitch;
    input[1] = scaled.loudness;
    return heard.f0_hz;
  }

  const RowKernels* rows_ = best_kernels().rows;
  DecoderConfig config_;
  FeatureGuard guard_;
  Tcn<Layer> tcn_;
  Gru<Layer> gru_;
  Frames outputs_;  // of the network, before scaling
};

}  // namespace sideband
