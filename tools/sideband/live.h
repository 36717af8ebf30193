// What the live hosts share: the engine, fed by an audio thread, and what that thread tells.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>

#include "core/engine.h"

namespace sideband::cli {

struct LiveOptions {
  std::string capture = "default";  // ALSA names
  std::string playback = "default";
  int rate_hz = 48000;
  int block = 128;     // samples a time
  int blocks = 3;      // that the sound card keeps ahead
  double seconds = 0;  // 0: until interrupted
};

// Written by the audio thread, read by the one that prints.
struct LiveState {
  std::atomic<float> input_peak{0};
  std::atomic<float> output_peak{0};
  std::atomic<float> f0_hz{0};
  std::atomic<float> confidence{0};
  std::atomic<long> samples{0};
  std::atomic<int> xruns{0};
  std::atomic<bool> ended{false};
  std::atomic<bool> stop{false};
  bool real_time = false;  // the audio thread got its priority
};

// One block through the engine; in place is fine.
void live_process(Engine& engine, LiveState& state, std::span<const float> in,
                  std::span<float> out) noexcept;

// A sound system: opened by its constructor, which throws Fault when there is no such device, and
// running between start() and the destructor.
class LiveHost {
 public:
  LiveHost() = default;
  LiveHost(const LiveHost&) = delete;
  LiveHost& operator=(const LiveHost&) = delete;
  virtual ~LiveHost() = default;

  virtual int rate_hz() const = 0;
  virtual double latency_ms() const = 0;  // of the sound system alone
  virtual void start(Engine& engine, LiveState& state, long samples) = 0;
};

std::unique_ptr<LiveHost> open_alsa(const LiveOptions& options);
std::unique_ptr<LiveHost> open_jack(const LiveOptions& options);

// "NAME  what it is", one a line, of the devices that ALSA knows.
std::string list_alsa_devices();

}  // namespace sideband::cli
