// Features → Controls, one frame at a time: the neural network of a slot.
#pragma once

#include <span>

#include "core/analyzer/features.h"
#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"
#include "core/inference/dense_layer.h"
#include "core/inference/network.h"
#include "core/util/arena.h"
#include "core/util/status.h"
#include "core/util/tensor.h"

namespace sideband {

// prepare() and load_step() may be called while audio runs, on memory no other slot uses; they take
// memory from the arena and work, but never block. decode() is real-time safe.
class Decoder {
 public:
  // [any thread] Checks the tensors against the configuration (missing, extra, mis-shaped or, if
  // short, non-finite ones are refused with a sentence) and takes the memory. `tensors` must
  // outlive the last load_step(). "reverb.impulse" belongs to the synth and is passed over.
  Status prepare(const DecoderConfig& config, std::span<const TensorView> tensors, Arena& arena);

  // [any thread] Packs some of the weights for the kernels, or fills a piece of the tables that
  // stand in for a wide network's (input_tables.h), which is less work where the file has them;
  // some 100 µs of work, true while there is more to do. decode() is allowed once it has returned
  // false.
  bool load_step() noexcept;

  // [any thread] Once load_step() has returned false: refuses weights that are not finite.
  Status load_status() const noexcept;

  // [any thread] The table that stands in for a network's input 0, pitch, or 1, loudness, as a
  // model file may hold it; empty where there is none, or load_step() has not returned false.
  TableView table(std::size_t input) const noexcept { return network_.table(input); }

  // [audio-thread] Forgets the past: the state after reset() is that of a network that has always
  // seen zeros (PyTorch's zero padding, GRU hidden state 0).
  void reset() noexcept;

  // [audio-thread] Streams one frame. `controls.f0_hz` is set from the features.
  void decode(const Features& features, Controls& controls) noexcept;

  // [audio-thread] Streams one frame whose controls nobody wants; a GRU leaves out what only they
  // need.
  void listen(const Features& features) noexcept;

  // Frames that an output depends on; 0 for a GRU, which depends on all before it.
  int receptive_field_frames() const noexcept;
  long parameters() const noexcept;
  long macs_per_frame() const noexcept;
  const DecoderConfig& config() const noexcept { return config_; }

 private:
  DecoderConfig config_;
  Network<DenseLayer> network_;
};

}  // namespace sideband
