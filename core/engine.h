// The whole instrument on one screen: audio in → analyzer → decoder → interventions → synth → audio out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/analyzer/analyzer.h"
#include "core/inference/decoder.h"
#include "core/params.h"
#include "core/synth/synth.h"
#include "core/util/arena.h"
#include "core/util/status.h"
#include "core/util/timebase.h"

namespace sideband {

inline constexpr int kSlots = 2;  // A and B

struct EngineConfig {
  int sample_rate_hz = 48000;           // 8000…192000, input and output
  std::size_t slot_bytes = 12U << 20U;  // memory per model; three are kept: A, B and the next
  std::uint32_t noise_seed = 1;
};

// What one hop was made of, for the display and for tests.
struct FrameTrace {
  Features played;                              // as heard
  Features features;                            // as the decoder saw it (transposed, offset)
  std::array<float, kOperators> level{};        // sounding, after the interventions
  std::array<float, kOperators> model_level{};  // as the network gave it
  float noise_level = 0;                        // mean band magnitude
  float input_peak = 0;                         // 0…1 over the hop
  float output_peak = 0;
};

class Engine {
 public:
  // Bytes an arena must have for prepare().
  static std::size_t required_bytes(const EngineConfig& config);

  // [main-thread] Takes all the memory the engine will ever use.
  Status prepare(const EngineConfig& config, Arena& arena);

  // [audio-thread] Back to silence; models, patches and parameters are kept.
  void reset() noexcept;

  // [audio-thread] Any block size; the output does not depend on it. in.size() == out.size().
  void process(std::span<const float> in, std::span<float> out) noexcept;

  // Samples from a sound at the input to its echo at the output. Constant after prepare().
  int latency_samples() const noexcept;

  // [audio-thread] Starts loading a model into a slot. `file` must stay until loading() is false.
  // The old model sounds on meanwhile; the new one is packed a step per hop and then faded in over
  // 20 ms. A refused file leaves the slot as it was.
  Status load(int slot, std::span<const std::byte> file) noexcept;
  bool loading() const noexcept;

  // Finishes a load at once (offline rendering, tests).
  void finish_loading() noexcept;
  bool loaded(int slot) const noexcept;

  // [audio-thread] Values are clamped to the table's range and ramp from the next hop on.
  void set(Param param, float value) noexcept;
  float get(Param param) const noexcept;

  // [audio-thread] The slot's routing, carriers and ratios, as edited; edits ramp over 20 ms.
  void set_patch(int slot, const FmPatch& patch) noexcept;
  const FmPatch& patch(int slot) const noexcept;
  const FmPatch& model_patch(int slot) const noexcept;

  // The last kTraceFrames hops, newest at frame_count() − 1.
  static constexpr int kTraceFrames = 128;
  std::int64_t frame_count() const noexcept;
  const FrameTrace& trace(std::int64_t frame) const noexcept;
};

}  // namespace sideband
