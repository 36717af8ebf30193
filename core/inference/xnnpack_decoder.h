// Features → Controls for whole recordings: the same networks as Decoder, on XNNPACK. Uses the
// heap; not for the audio thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/analyzer/features.h"
#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"
#include "core/inference/network.h"
#include "core/inference/xnnpack_layer.h"
#include "core/util/status.h"
#include "core/util/tensor.h"

namespace sideband {

class XnnpackDecoder {
 public:
  // Works through `chunk_frames` frames at a time; 1 streams as Decoder does. The tensors are not
  // needed afterwards.
  Status prepare(const DecoderConfig& config, std::span<const TensorView> tensors,
                 int chunk_frames = 256);

  void reset() noexcept { network_.reset(); }

  // Continues where the last call ended. features.size() == controls.size(), any length.
  Status decode(std::span<const Features> features, std::span<Controls> controls);

 private:
  std::vector<std::byte> memory_;
  Network<XnnpackLayer> network_;
  std::size_t chunk_frames_ = 0;
};

// A recording from its first frame to its last.
Status decode_batch(const DecoderConfig& config, std::span<const TensorView> tensors,
                    std::span<const Features> features, std::span<Controls> controls);

}  // namespace sideband
