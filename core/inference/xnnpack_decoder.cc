#include "core/inference/xnnpack_decoder.h"

#include <algorithm>

#include "core/util/arena.h"

namespace sideband {

Status XnnpackDecoder::prepare(const DecoderConfig& config, std::span<const TensorView> tensors,
                               int chunk_frames) {
  if (!initialize_xnnpack()) return Status::error("XNNPACK does not support this machine");
  if (chunk_frames < 1) return Status::error("a batch needs at least one frame at a time");
  chunk_frames_ = static_cast<std::size_t>(chunk_frames);
  constexpr std::size_t kMost = 1U << 30U;
  for (std::size_t bytes = 1U << 20U; bytes <= kMost; bytes *= 2) {
    // XNNPACK may read a few bytes past the end of its inputs.
    memory_.assign(bytes + Arena::kAlignment, std::byte{});
    Arena arena{std::span(memory_).first(bytes)};
    const Status status = network_.prepare(config, tensors, chunk_frames, arena);
    if (!status.ok() && arena.exhausted() && bytes < kMost) continue;
    if (!status.ok()) return status;
    while (network_.load_step()) {
    }
    if (const XnnpackLayer* layer = network_.failed(); layer != nullptr) {
      return not_finite(layer->name());
    }
    return {};
  }
  return {};
}

Status XnnpackDecoder::decode(std::span<const Features> features, std::span<Controls> controls) {
  for (std::size_t first = 0; first < features.size(); first += chunk_frames_) {
    const std::size_t count = std::min(chunk_frames_, features.size() - first);
    network_.decode(features.subspan(first, count), controls.subspan(first, count));
  }
  if (network_.failed() != nullptr) return Status::error("XNNPACK ran out of memory");
  return {};
}

Status decode_batch(const DecoderConfig& config, std::span<const TensorView> tensors,
                    std::span<const Features> features, std::span<Controls> controls) {
  XnnpackDecoder decoder;
  if (Status status = decoder.prepare(config, tensors); !status.ok()) return status;
  return decoder.decode(features, controls);
}

}  // namespace sideband
