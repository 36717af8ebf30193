// sideband live: the instrument on a Linux desktop or a Raspberry Pi, through ALSA or JACK.
#include "tools/sideband/live.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/model_file.h"

namespace sideband::cli {
namespace {

std::atomic<bool> interrupted{false};

void interrupt(int) {
  interrupted = true;
}

double decibels(float peak) {
  return 20 * std::log10(std::max(peak, 1e-6F));
}

void print_meter(const LiveState& state, bool terminal) {
  const bool voiced = state.confidence >= kVoicedConfidence;
  char pitch[32] = "      –  ";
  if (voiced) std::snprintf(pitch, sizeof pitch, "%6.1f Hz", static_cast<double>(state.f0_hz));
  std::fprintf(stderr, "%sin %6.1f dB   %s   out %6.1f dB   xruns %d%s", terminal ? "\r" : "",
               decibels(state.input_peak), pitch, decibels(state.output_peak), state.xruns.load(),
               terminal ? " " : "\n");
  std::fflush(stderr);
}

// The peaks fall back slowly enough to be read.
void keep_peak(std::atomic<float>& peak, float now) noexcept {
  peak = std::max(now, peak * 0.995F);
}

}  // namespace

void live_process(Engine& engine, LiveState& state, std::span<const float> in,
                  std::span<float> out) noexcept {
  engine.process(in, out);
  const std::int64_t frames = engine.frame_count();
  if (frames > 0) {
    const FrameTrace& trace = engine.trace(frames - 1);
    state.f0_hz = trace.played.f0_hz;
    state.confidence = trace.played.confidence;
    keep_peak(state.input_peak, trace.input_peak);
    keep_peak(state.output_peak, trace.output_peak);
  }
  state.samples += static_cast<long>(out.size());
}

int run_live(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {"--jack", "--list"},
                                    .options = {"--device", "--capture", "--playback", "--rate",
                                                "--block", "--blocks", "--seconds"}});
  if (arguments.has("--list")) {
    std::fputs(list_alsa_devices().c_str(), stdout);
    return 0;
  }
  const auto& files = arguments.files({"MODEL"});
  LiveOptions options;
  if (arguments.has("--device")) {
    options.capture = options.playback = arguments.required("--device");
  }
  if (arguments.has("--capture")) options.capture = arguments.required("--capture");
  if (arguments.has("--playback")) options.playback = arguments.required("--playback");
  options.rate_hz = arguments.integer("--rate", 8000, 192000).value_or(options.rate_hz);
  options.block = arguments.integer("--block", 16, 8192).value_or(options.block);
  options.blocks = arguments.integer("--blocks", 2, 16).value_or(options.blocks);
  if (arguments.has("--seconds")) {
    const auto seconds = parse_number(arguments.required("--seconds"));
    if (!seconds || *seconds <= 0) throw UsageError("--seconds takes a number above 0");
    options.seconds = *seconds;
  }

  const ModelFile file(files[0]);
  LiveState state;
  const std::unique_ptr<LiveHost> host =
      arguments.has("--jack") ? open_jack(options) : open_alsa(options);
  const EngineConfig config{.sample_rate_hz = host->rate_hz()};
  Memory memory(Engine::required_bytes(config));
  const auto engine = std::make_unique<Engine>();
  check(files[0], engine->prepare(config, memory.arena()));
  check(files[0], engine->load(0, file.bytes));
  check(files[0], engine->finish_loading());
  engine->reset();

  const double engine_ms = 1000.0 * engine->latency_samples() / host->rate_hz();
  const bool locked = mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  host->start(*engine, state, std::lround(options.seconds * host->rate_hz()));
  std::fprintf(
      stderr, "%s at %d Hz; latency %.1f ms here + %.1f ms in the sound system%s; Ctrl+C ends\n",
      std::string(file.model.instrument).c_str(), host->rate_hz(), engine_ms, host->latency_ms(),
      state.real_time && locked ? "" : " (without real-time priority: see `ulimit -r -l`)");
  const bool terminal = isatty(STDERR_FILENO) != 0;
  constexpr int kPollMs = 20;
  const int every = terminal ? 5 : 50;  // polls
  for (int poll = 1; !interrupted && !state.ended; ++poll) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
    if (poll % every == 0) print_meter(state, terminal);
  }
  print_meter(state, terminal);
  if (terminal) std::fputs("\n", stderr);
  if (!interrupted && options.seconds > 0 &&
      state.samples < std::lround(options.seconds * host->rate_hz())) {
    throw Fault("the sound system", "ended before the time was over; is the device still there?");
  }
  return 0;
}

}  // namespace sideband::cli
