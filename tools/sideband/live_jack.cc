// sideband live on JACK: a client with one input and one output, run by JACK's own real-time
// thread.
#include <jack/jack.h>

#include <algorithm>

#include "tools/sideband/fault.h"
#include "tools/sideband/live.h"

namespace sideband::cli {
namespace {

void stay_quiet(const char*) {}

class JackHost : public LiveHost {
 public:
  JackHost() {
    jack_set_error_function(stay_quiet);
    jack_set_info_function(stay_quiet);
    client_ = jack_client_open("sideband", JackNoStartServer, nullptr);
    if (client_ == nullptr) {
      throw Fault("JACK",
                  "no server is running; start one (jackd, or PipeWire's pw-jack), or leave "
                  "--jack out to use ALSA");
    }
    in_ = jack_port_register(client_, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    out_ = jack_port_register(client_, "out", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    if (in_ == nullptr || out_ == nullptr) throw Fault("JACK", "gives no ports");
  }

  ~JackHost() override { jack_client_close(client_); }

  int rate_hz() const override { return static_cast<int>(jack_get_sample_rate(client_)); }
  double latency_ms() const override {
    return 2000.0 * jack_get_buffer_size(client_) / jack_get_sample_rate(client_);
  }

  void start(Engine& engine, LiveState& state, long samples) override {
    engine_ = &engine;
    state_ = &state;
    samples_ = samples;
    state.real_time = jack_is_realtime(client_) != 0;
    jack_set_process_callback(client_, process, this);
    jack_set_xrun_callback(client_, xrun, this);
    jack_on_shutdown(client_, shutdown, this);
    if (jack_activate(client_) != 0) throw Fault("JACK", "does not let the client run");
    connect(JackPortIsOutput,
            [this](const char* port) { jack_connect(client_, port, jack_port_name(in_)); });
    connect(JackPortIsInput,
            [this](const char* port) { jack_connect(client_, jack_port_name(out_), port); });
  }

 private:
  // The sound card's ports: its first input, all its outputs.
  template <typename Connect>
  void connect(unsigned long direction, Connect connect_one) {
    const char** ports =
        jack_get_ports(client_, nullptr, JACK_DEFAULT_AUDIO_TYPE, JackPortIsPhysical | direction);
    if (ports == nullptr) return;
    for (const char** port = ports; *port != nullptr; ++port) {
      connect_one(*port);
      if (direction == JackPortIsOutput) break;
    }
    jack_free(ports);
  }

  static int process(jack_nframes_t count, void* self) {
    auto* host = static_cast<JackHost*>(self);
    const auto* in = static_cast<const float*>(jack_port_get_buffer(host->in_, count));
    auto* out = static_cast<float*>(jack_port_get_buffer(host->out_, count));
    live_process(*host->engine_, *host->state_, {in, count}, {out, count});
    if (host->samples_ > 0 && host->state_->samples >= host->samples_) host->state_->ended = true;
    return 0;
  }
  static int xrun(void* self) {
    ++static_cast<JackHost*>(self)->state_->xruns;
    return 0;
  }
  static void shutdown(void* self) { static_cast<JackHost*>(self)->state_->ended = true; }

  jack_client_t* client_ = nullptr;
  jack_port_t* in_ = nullptr;
  jack_port_t* out_ = nullptr;
  Engine* engine_ = nullptr;
  LiveState* state_ = nullptr;
  long samples_ = 0;
};

}  // namespace

std::unique_ptr<LiveHost> open_jack(const LiveOptions&) {
  return std::make_unique<JackHost>();
}

}  // namespace sideband::cli
