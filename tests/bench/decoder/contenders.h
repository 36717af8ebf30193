// One decoder, and what it is measured against.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/inference/decoder.h"
#include "core/inference/xnnpack_decoder.h"
#include "core/synth/synth.h"
#include "tests/bench/decoder/floor.h"
#include "tests/bench/decoder/shipped_model.h"

namespace sideband::bench {

inline constexpr std::size_t kBatch = 64;  // frames, 256 ms

// Ends the program with a sentence where something fails.
class Contenders {
 public:
  // Of a model's file, with weights of this type.
  Contenders(std::vector<std::byte> file, DataType type);

  // Our kernels, frame by frame: `count` frames of a melody that repeats.
  void stream(std::size_t first, std::size_t count);

  // XNNPACK frame by frame, and `count` ≤ kBatch frames at a time.
  void stream_xnnpack(std::size_t first, std::size_t count);
  void batch_xnnpack(std::size_t count);

  // The synth without reverb at 16 kHz, as the papers have it: `count` hops of the frames decoded.
  void render(std::size_t first, std::size_t count);

  // `times` times the floor of this decoder's weights.
  void floor_f32(int tile, std::size_t times);
  void floor_f16(int tile, std::size_t times);

  long macs() const { return decoder_->macs_per_frame(); }
  double longest_load_us() const { return longest_load_us_; }

 private:
  ShippedModel model_;
  std::vector<std::byte> memory_;
  std::unique_ptr<Decoder> decoder_;
  XnnpackDecoder streaming_;
  XnnpackDecoder batched_;
  std::vector<std::byte> synth_memory_;
  std::unique_ptr<Synth> synth_;
  SynthSettings settings_;
  std::array<float, 64> hop_{};
  std::vector<Features> features_;
  std::vector<Controls> controls_;
  std::vector<std::byte> floor_memory_;
  std::span<float> weights_;  // on lines of the cache, like the decoder's
  std::span<std::uint16_t> halves_;
  std::vector<float> inputs_;
  double longest_load_us_ = 0;
  volatile float sink_ = 0;
};

}  // namespace sideband::bench
