#include "core/xnnpack_renderer.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr std::size_t kRoomBesidesWeights = 8U << 20U;  // reverb, states, padding of layers

// What a slot needs to hold this model, its weights as packed floats.
std::size_t slot_bytes_for(const Model& model) {
  std::size_t values = 0;
  for (const TensorView& tensor : model.tensors()) {
    std::size_t count = 1;
    for (int axis = 0; axis < tensor.rank; ++axis) {
      count *= static_cast<std::size_t>(tensor.shape[static_cast<std::size_t>(axis)]);
    }
    values += count;
  }
  return kRoomBesidesWeights + values * sizeof(float) * 5 / 4;
}

Status prepare_engine(Engine& engine, std::unique_ptr<std::byte[]>& memory,
                      const EngineConfig& config) {
  const std::size_t bytes = Engine::required_bytes(config) + Arena::kAlignment;
  memory.reset(new std::byte[bytes]);  // not zeroed: the third slot's share is never touched
  Arena arena({memory.get(), bytes});
  return engine.prepare(config, arena);
}

}  // namespace

Status listen(std::span<const float> in, int sample_rate_hz, std::vector<Features>& played) {
  EngineConfig config;
  config.sample_rate_hz = sample_rate_hz;
  config.slot_bytes = 0;
  std::unique_ptr<std::byte[]> memory;
  const auto ears = std::make_unique<Engine>();
  if (Status status = prepare_engine(*ears, memory, config); !status) return status;
  played.clear();
  // No more at a time than the traces keep.
  const auto most = static_cast<std::size_t>(HopClock(sample_rate_hz).next_hop_samples()) *
                    XnnpackRenderer::kBatchFrames;
  std::vector<float> piece(most);
  const std::size_t end = in.size() + static_cast<std::size_t>(ears->latency_samples());
  for (std::size_t begin = 0; begin < end; begin += most) {
    const auto part = std::span(piece).first(std::min(most, end - begin));
    std::fill(part.begin(), part.end(), 0.0F);
    if (begin < in.size()) {
      const auto heard = in.subspan(begin, std::min(part.size(), in.size() - begin));
      std::copy(heard.begin(), heard.end(), part.begin());
    }
    std::int64_t frame = ears->frame_count();
    ears->process(part, part);
    for (; frame < ears->frame_count(); ++frame) played.push_back(ears->trace(frame).played);
  }
  return {};
}

Status XnnpackRenderer::prepare(std::span<const std::byte> model_file, int sample_rate_hz,
                                int batch_frames) {
  model_memory_.assign(std::size_t{4} << 20U, std::byte{});
  Arena arena(model_memory_);
  if (Status status = parse_model(model_file, arena, model_); !status) return status;
  if (Status status = decoder_.prepare(model_.decoder, model_.tensors(), batch_frames); !status) {
    return status;
  }
  EngineConfig config;
  config.sample_rate_hz = sample_rate_hz;
  config.slot_bytes = 0;
  ears_ = std::make_unique<Engine>();
  if (Status status = prepare_engine(*ears_, ears_memory_, config); !status) return status;
  config.slot_bytes = slot_bytes_for(model_);
  engine_ = std::make_unique<Engine>();
  if (Status status = prepare_engine(*engine_, engine_memory_, config); !status) return status;
  if (Status status = engine_->load(0, model_file); !status) return status;
  if (Status status = engine_->finish_loading(); !status) return status;
  // The ears' features are read from their traces, which keep no more frames than this.
  const int frames = std::clamp(batch_frames, 1, kBatchFrames);
  HopClock clock(sample_rate_hz);
  batch_samples_ = static_cast<std::size_t>(clock.next_hop_samples() * frames);
  features_.reserve(Engine::kTraceFrames);
  controls_.reserve(Engine::kTraceFrames);
  reset();
  return {};
}

void XnnpackRenderer::set(Param param, float value) noexcept {
  engine_->set(param, value);
  ears_->set(param, value);
}

void XnnpackRenderer::reset() noexcept {
  decoder_.reset();
  engine_->follow(0, {});
  engine_->reset();
  ears_->reset();
}

void XnnpackRenderer::follow(std::span<const Features> played) noexcept {
  engine_->follow_played(played);
  ears_->follow_played(played);
}

Status XnnpackRenderer::process(std::span<const float> in, std::span<float> out) {
  while (!in.empty()) {
    const std::size_t count = std::min(in.size(), batch_samples_);
    if (Status status = process_batch(in.first(count), out.first(count)); !status) return status;
    in = in.subspan(count);
    out = out.subspan(count);
  }
  return {};
}

Status XnnpackRenderer::process_batch(std::span<const float> in, std::span<float> out) {
  silence_.resize(in.size());
  const std::int64_t before = ears_->frame_count();
  ears_->process(in, silence_);
  const std::int64_t after = ears_->frame_count();
  features_.clear();
  for (std::int64_t frame = before; frame < after; ++frame) {
    features_.push_back(ears_->trace(frame).features);
  }
  controls_.assign(features_.size(), Controls{});
  if (Status status = decoder_.decode(features_, controls_); !status) return status;
  engine_->follow(0, controls_);
  engine_->process(in, out);
  return {};
}

}  // namespace sideband
