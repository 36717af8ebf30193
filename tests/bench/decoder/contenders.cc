#include "tests/bench/decoder/contenders.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tests/bench/decoder/turns.h"

namespace sideband::bench {
Contenders::Contenders(std::vector<std::byte> file, DataType type)
    : model_(std::move(file), type),
      memory_(24U << 20U),
      decoder_(std::make_unique<Decoder>()),
      synth_memory_(2U << 20U),
      synth_(std::make_unique<Synth>()),
      features_(kBatch),
      controls_(kBatch),
      inputs_(kFloorInputs, 0.01F) {
  Arena arena(memory_);
  check(decoder_->prepare(model_.decoder(), model_.tensors(), arena));
  for (bool more = true; more;) {
    double us = std::numeric_limits<double>::max();
    take_turn(us, 1, [&] { more = decoder_->load_step(); });
    longest_load_us_ = std::max(longest_load_us_, us);
  }
  check(decoder_->load_status());
  check(streaming_.prepare(model_.decoder(), model_.tensors(), 1));
  check(batched_.prepare(model_.decoder(), model_.tensors(), static_cast<int>(kBatch)));
  Arena synth_arena(synth_memory_);
  SynthConfig synth = model_.synth();
  synth.output_rate_hz = 16000;
  synth.reverb_impulse = {};
  check(synth_->prepare(synth, synth_arena));
  while (synth_->load_step()) {
  }
  synth_->reset();
  settings_.patch = synth.patch;
  for (std::size_t n = 0; n < kBatch; ++n) {
    features_[n] = {300.0F + static_cast<float>(n), 1.0F, -40.0F + 0.5F * static_cast<float>(n)};
  }
  const auto steps = (static_cast<std::size_t>(decoder_->macs_per_frame()) + kFloorStep / 2) /
                     static_cast<std::size_t>(kFloorStep);
  const std::size_t count = steps * kFloorStep;
  floor_memory_.resize(count * (sizeof(float) + sizeof(std::uint16_t)) + 3 * Arena::kAlignment);
  Arena floor_arena(floor_memory_);
  weights_ = floor_arena.take<float>(count);
  halves_ = floor_arena.take<std::uint16_t>(count);
  std::fill(weights_.begin(), weights_.end(), 0.5F);
  std::fill(halves_.begin(), halves_.end(), half_of_float(0.5F));
}

void Contenders::stream(std::size_t first, std::size_t count) {
  for (std::size_t n = first; n < first + count; ++n) {
    decoder_->decode(features_[n % kBatch], controls_[n % kBatch]);
  }
}

void Contenders::stream_xnnpack(std::size_t first, std::size_t count) {
  for (std::size_t n = first; n < first + count; ++n) {
    check(streaming_.decode(std::span(features_).subspan(n % kBatch, 1),
                            std::span(controls_).subspan(n % kBatch, 1)));
  }
}

void Contenders::batch_xnnpack(std::size_t count) {
  check(batched_.decode(std::span(features_).first(count), std::span(controls_).first(count)));
}

void Contenders::render(std::size_t first, std::size_t count) {
  for (std::size_t n = first; n < first + count; ++n) {
    synth_->render(controls_[n % kBatch], settings_, hop_);
    sink_ = sink_ + hop_[0];
  }
}

void Contenders::floor_f32(int tile, std::size_t times) {
  for (std::size_t n = 0; n < times; ++n) {
    sink_ = sink_ + stream_weights(weights_, inputs_.data(), tile);
  }
}

void Contenders::floor_f16(int tile, std::size_t times) {
  for (std::size_t n = 0; n < times; ++n) {
    sink_ = sink_ + stream_weights(halves_, inputs_.data(), tile);
  }
}

}  // namespace sideband::bench
