// sideband live on ALSA: one thread that reads a block, plays it through the engine and writes it.
#include <alsa/asoundlib.h>
#include <sched.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "tools/sideband/fault.h"
#include "tools/sideband/live.h"

namespace sideband::cli {
namespace {

// The library would print to stderr what becomes a sentence of ours.
void stay_quiet(const char*, int, const char*, int, const char*, ...) {}

struct CloseDevice {
  void operator()(snd_pcm_t* device) const { snd_pcm_close(device); }
};
using Device = std::unique_ptr<snd_pcm_t, CloseDevice>;

struct Shape {
  unsigned rate_hz;
  unsigned channels;
  snd_pcm_uframes_t block;
  snd_pcm_uframes_t buffer;
};

Device open_device(const std::string& name, snd_pcm_stream_t direction, const LiveOptions& options,
                   Shape& shape) {
  const std::string what = direction == SND_PCM_STREAM_CAPTURE ? "microphone" : "speaker";
  snd_pcm_t* opened = nullptr;
  int error = snd_pcm_open(&opened, name.c_str(), direction, 0);
  if (error < 0) {
    throw Fault("ALSA " + what + " '" + name + "'",
                std::string(snd_strerror(error)) + "; `sideband live --list` shows what there is");
  }
  Device device(opened);
  snd_pcm_hw_params_t* wanted = nullptr;
  snd_pcm_hw_params_alloca(&wanted);
  snd_pcm_hw_params_any(opened, wanted);
  shape.rate_hz = static_cast<unsigned>(options.rate_hz);
  shape.block = static_cast<snd_pcm_uframes_t>(options.block);
  shape.buffer = shape.block * static_cast<snd_pcm_uframes_t>(options.blocks);
  shape.channels = 1;
  const auto need = [&](int status, const char* fault) {
    if (status < 0) throw Fault("ALSA " + what + " '" + name + "'", fault);
  };
  need(snd_pcm_hw_params_set_access(opened, wanted, SND_PCM_ACCESS_RW_INTERLEAVED),
       "does not take interleaved samples");
  need(snd_pcm_hw_params_set_format(opened, wanted, SND_PCM_FORMAT_FLOAT_LE),
       "does not take floats; use a 'plughw:' device, which converts");
  need(snd_pcm_hw_params_set_channels_near(opened, wanted, &shape.channels),
       "has no usable number of channels");
  need(snd_pcm_hw_params_set_rate_near(opened, wanted, &shape.rate_hz, nullptr),
       "has no usable rate");
  need(snd_pcm_hw_params_set_period_size_near(opened, wanted, &shape.block, nullptr),
       "has no usable block size; try --block 256");
  need(snd_pcm_hw_params_set_buffer_size_near(opened, wanted, &shape.buffer),
       "has no usable buffer size; try --block 256");
  need(snd_pcm_hw_params(opened, wanted), "refuses this rate and block size");
  return device;
}

class AlsaHost : public LiveHost {
 public:
  explicit AlsaHost(const LiveOptions& options) {
    snd_lib_error_set_handler(stay_quiet);
    capture_ = open_device(options.capture, SND_PCM_STREAM_CAPTURE, options, in_);
    LiveOptions same = options;
    same.rate_hz = static_cast<int>(in_.rate_hz);
    playback_ = open_device(options.playback, SND_PCM_STREAM_PLAYBACK, same, out_);
    if (in_.rate_hz != out_.rate_hz) {
      throw Fault("ALSA", "the microphone runs at " + std::to_string(in_.rate_hz) +
                              " Hz and the speaker at " + std::to_string(out_.rate_hz) +
                              " Hz; choose --rate that both have, or 'plughw:' devices");
    }
    block_ = std::min(in_.block, out_.block);
    read_.resize(block_ * in_.channels);
    written_.resize(block_ * out_.channels);
    mono_.resize(block_);
  }

  ~AlsaHost() override {
    if (thread_.joinable()) {
      state_->stop = true;
      thread_.join();
    }
  }

  int rate_hz() const override { return static_cast<int>(in_.rate_hz); }
  double latency_ms() const override {
    return 1000.0 * static_cast<double>(block_ + out_.buffer) / in_.rate_hz;
  }

  void start(Engine& engine, LiveState& state, long samples) override {
    state_ = &state;
    thread_ = std::thread([this, &engine, &state, samples] { run(engine, state, samples); });
    sched_param priority{};
    priority.sched_priority = 70;
    state.real_time = pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &priority) == 0;
  }

 private:
  void run(Engine& engine, LiveState& state, long samples) {
    // What the speaker plays until the first block arrives.
    std::fill(written_.begin(), written_.end(), 0.0F);
    while (!state.stop && (samples == 0 || state.samples < samples)) {
      const snd_pcm_sframes_t got = snd_pcm_readi(capture_.get(), read_.data(), block_);
      if (got < 0) {
        if (!recover(capture_.get(), static_cast<int>(got), state)) break;
        continue;
      }
      auto count = static_cast<std::size_t>(got);
      if (samples > 0) count = std::min(count, static_cast<std::size_t>(samples - state.samples));
      const auto block = std::span(mono_).first(count);
      for (std::size_t n = 0; n < count; ++n) {
        float sum = 0;
        for (unsigned c = 0; c < in_.channels; ++c) sum += read_[n * in_.channels + c];
        block[n] = sum / static_cast<float>(in_.channels);
      }
      live_process(engine, state, block, block);
      for (std::size_t n = 0; n < count; ++n) {
        for (unsigned c = 0; c < out_.channels; ++c) written_[n * out_.channels + c] = block[n];
      }
      for (std::size_t done = 0; done < count;) {
        const snd_pcm_sframes_t wrote =
            snd_pcm_writei(playback_.get(), &written_[done * out_.channels], count - done);
        if (wrote < 0 && !recover(playback_.get(), static_cast<int>(wrote), state)) {
          state.stop = true;
          break;
        }
        if (wrote > 0) done += static_cast<std::size_t>(wrote);
      }
    }
    if (!state.stop) snd_pcm_drain(playback_.get());
    state.ended = true;
  }

  static bool recover(snd_pcm_t* device, int error, LiveState& state) {
    if (error == -EPIPE) ++state.xruns;
    return snd_pcm_recover(device, error, 1) == 0;
  }

  Device capture_;
  Device playback_;
  Shape in_{};
  Shape out_{};
  snd_pcm_uframes_t block_ = 0;
  std::vector<float> read_;
  std::vector<float> written_;
  std::vector<float> mono_;
  std::thread thread_;
  LiveState* state_ = nullptr;
};

}  // namespace

std::unique_ptr<LiveHost> open_alsa(const LiveOptions& options) {
  return std::make_unique<AlsaHost>(options);
}

std::string list_alsa_devices() {
  snd_lib_error_set_handler(stay_quiet);
  std::string text;
  void** hints = nullptr;
  if (snd_device_name_hint(-1, "pcm", &hints) < 0) return text;
  for (void** hint = hints; *hint != nullptr; ++hint) {
    const auto field = [&](const char* name) {
      char* value = snd_device_name_get_hint(*hint, name);
      std::string copy = value == nullptr ? "" : value;
      std::free(value);
      std::replace(copy.begin(), copy.end(), '\n', ' ');
      return copy;
    };
    text += field("NAME") + "  " + field("DESC") + "\n";
  }
  snd_device_name_free_hint(hints);
  return text;
}

}  // namespace sideband::cli
