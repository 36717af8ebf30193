// A recording through the whole instrument, offline: the same engine, with the network run on
// batches of frames by XNNPACK. What comes out is what the live engine plays. Uses the heap; not
// for the audio thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/engine.h"
#include "core/inference/xnnpack_decoder.h"
#include "core/model.h"
#include "core/util/status.h"

namespace sideband {

// What the analyzer makes of a whole recording, frame by frame until the last of it has come out of
// an engine: for rendering it through many models while it is analysed once.
Status listen(std::span<const float> in, int sample_rate_hz, std::vector<Features>& played);

class XnnpackRenderer {
 public:
  // Frames the network sees at once; the result does not depend on it.
  static constexpr int kBatchFrames = 120;

  // `model_file` must outlive the renderer.
  Status prepare(std::span<const std::byte> model_file, int sample_rate_hz,
                 int batch_frames = kBatchFrames);

  // Parameters and patch as the live engine has them. Before the first process().
  void set(Param param, float value) noexcept;
  Engine& engine() noexcept { return *engine_; }

  // Back to silence, for the next recording.
  void reset() noexcept;

  // Until the next reset(), takes what listen() made of the recording to come, which must stay,
  // instead of analysing it. For the parameters that the analyzer has: their initial values.
  void follow(std::span<const Features> played) noexcept;

  // Any number of samples; in.size() == out.size(), and both may be the same memory. The output is
  // late by latency_samples(), as the live engine's is.
  Status process(std::span<const float> in, std::span<float> out);

  int latency_samples() const noexcept { return engine_->latency_samples(); }
  const Model& model() const noexcept { return model_; }

 private:
  Status process_batch(std::span<const float> in, std::span<float> out);

  std::vector<std::byte> model_memory_;
  Model model_;
  XnnpackDecoder decoder_;
  std::unique_ptr<std::byte[]> engine_memory_;
  std::unique_ptr<Engine> engine_;  // plays
  std::unique_ptr<std::byte[]> ears_memory_;
  std::unique_ptr<Engine> ears_;  // without a model: hears ahead, a batch at a time
  std::vector<Features> features_;
  std::vector<Controls> controls_;
  std::vector<float> silence_;  // what the ears play
  std::size_t batch_samples_ = 0;
};

}  // namespace sideband
