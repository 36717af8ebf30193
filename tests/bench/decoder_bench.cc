// What a frame of each decoder costs: the streaming kernel, XNNPACK frame by frame and in batches,
// and the time it takes to read the weights once, which no frame-by-frame decoder can beat.
//
// The contenders take turns and the best of many turns counts, so that a busy machine hits all of
// them alike; Google Benchmark runs one after the other, and does not run as WASM under node.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/inference/decoder.h"
#include "core/inference/xnnpack_decoder.h"
#include "core/util/simd.h"

namespace {

using namespace sideband;

constexpr std::size_t kBatch = 50;

// Tensors with random weights, named and shaped as a model file has them.
class RandomTensors {
 public:
  explicit RandomTensors(const DecoderConfig& config) {
    if (config.type == DecoderType::kTcn) {
      add_tcn(config);
    } else {
      add_gru(config);
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      views_[i].name = names_[i];
      views_[i].data = std::as_bytes(std::span(values_[i]));
    }
  }

  std::span<const TensorView> views() const { return views_; }

 private:
  void add(const std::string& name, std::vector<int> shape) {
    TensorView view;
    std::size_t size = 1;
    for (const int extent : shape) {
      view.shape[static_cast<std::size_t>(view.rank++)] = extent;
      size *= static_cast<std::size_t>(extent);
    }
    std::vector<float> values(size);
    for (float& value : values) value = 0.05F * normal_(random_);
    names_.push_back(name);
    values_.push_back(std::move(values));
    views_.push_back(view);
  }

  void add_linear(const std::string& name, std::vector<int> shape) {
    add(name + ".bias", {shape[0]});
    add(name + ".weight", std::move(shape));
  }

  void add_tcn(const DecoderConfig& config) {
    for (int b = 0; b < config.blocks; ++b) {
      const int in = b == 0 ? config.inputs : config.hidden;
      const int out = b + 1 == config.blocks ? config.outputs : config.hidden;
      const std::string block = "decoder.block." + std::to_string(b);
      add_linear(block + ".conv1", {config.hidden, in, config.kernel});
      add_linear(block + ".conv2", {out, config.hidden, config.kernel});
      add_linear(block + ".skip", {out, in});
    }
  }

  void add_mlp(const std::string& name, int inputs, int hidden) {
    for (int i = 0; i < 3; ++i) {
      const std::string layer = name + "." + std::to_string(i);
      add_linear(layer, {hidden, i == 0 ? inputs : hidden});
      add(layer + ".norm.weight", {hidden});
      add(layer + ".norm.bias", {hidden});
    }
  }

  void add_gru(const DecoderConfig& config) {
    const int hidden = config.hidden;
    add_mlp("decoder.in.pitch", 1, hidden);
    add_mlp("decoder.in.loudness", 1, hidden);
    add_mlp("decoder.out", hidden + 2, hidden);
    add("decoder.gru.weight_ih", {3 * hidden, 2 * hidden});
    add("decoder.gru.weight_hh", {3 * hidden, hidden});
    add("decoder.gru.bias_ih", {3 * hidden});
    add("decoder.gru.bias_hh", {3 * hidden});
    add_linear("decoder.head.amplitude", {1, hidden});
    add_linear("decoder.head.harmonic_distribution", {config.harmonics, hidden});
    add_linear("decoder.head.noise_bands", {config.noise_bands, hidden});
  }

  std::mt19937 random_{1};
  std::normal_distribution<float> normal_;
  std::vector<std::string> names_;
  std::vector<std::vector<float>> values_;
  std::vector<TensorView> views_;
};

DecoderConfig tcn(int hidden, int blocks, int noise_bands) {
  DecoderConfig config;
  config.hidden = hidden;
  config.blocks = blocks;
  config.skips.fill(true);
  config.noise_bands = noise_bands;
  config.outputs = config.levels + noise_bands;
  return config;
}

DecoderConfig gru(int hidden) {
  DecoderConfig config;
  config.type = DecoderType::kGru;
  config.hidden = hidden;
  config.levels = 0;
  config.harmonics = kHarmonics;
  config.noise_bands = kNoiseBands;
  config.outputs = 1 + kHarmonics + kNoiseBands;
  return config;
}

template <typename Work>
double microseconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
  return taken.count();
}

// Adds up all weights: nothing but loads.
float read_once(std::span<const float> weights) {
  constexpr std::size_t kSums = 8;
  FloatV sums[kSums]{};
  constexpr std::size_t kStep = kSums * kSimdFloats;
  for (std::size_t i = 0; i + kStep <= weights.size(); i += kStep) {
    for (std::size_t s = 0; s < kSums; ++s) {
      __builtin_prefetch(weights.data() + i + 1024 + s * kSimdFloats);
      sums[s] += simd_load(&weights[i + s * kSimdFloats]);
    }
  }
  float total = 0;
  for (const FloatV& sum : sums) total += sum[0];
  return total;
}

bool bench(const char* name, const DecoderConfig& config, int turns) {
  const RandomTensors tensors(config);
  std::vector<std::byte> memory(32U << 20U);
  Arena arena(memory);
  Decoder decoder;
  XnnpackDecoder streaming;
  XnnpackDecoder batched;
  for (const Status& status :
       {decoder.prepare(config, tensors.views(), arena),
        streaming.prepare(config, tensors.views(), 1),
        batched.prepare(config, tensors.views(), static_cast<int>(kBatch))}) {
    if (status.ok()) continue;
    std::printf("%s: %.*s\n", name, static_cast<int>(status.message().size()),
                status.message().data());
    return false;
  }
  double longest_step = 0;
  for (bool more = true; more;) {
    longest_step = std::max(longest_step, microseconds([&] { more = decoder.load_step(); }));
  }

  std::vector<Features> features(kBatch);
  for (std::size_t n = 0; n < kBatch; ++n) {
    features[n] = {300.0F + static_cast<float>(n), 1.0F, -40.0F + static_cast<float>(n)};
  }
  std::vector<Controls> controls(kBatch);
  std::vector<float> weights(static_cast<std::size_t>(decoder.parameters()), 0.5F);
  double ours = 1e9;
  double xnnpack = 1e9;
  double batch = 1e9;
  double floor = 1e9;
  volatile float sink = 0;
  constexpr std::size_t kFrames = 5;  // per turn: short enough to fit between two interruptions
  for (int turn = 0; turn < turns; ++turn) {
    const std::size_t first = static_cast<std::size_t>(turn) * kFrames % (kBatch - kFrames);
    ours = std::min(ours, microseconds([&] {
                            for (std::size_t n = first; n < first + kFrames; ++n) {
                              decoder.decode(features[n], controls[n]);
                            }
                          }) / kFrames);
    bool ok = true;
    xnnpack = std::min(xnnpack, microseconds([&] {
                                  ok = streaming
                                           .decode(std::span(features).subspan(first, kFrames),
                                                   std::span(controls).subspan(first, kFrames))
                                           .ok();
                                }) / kFrames);
    batch = std::min(
        batch, microseconds([&] { ok = ok && batched.decode(features, controls).ok(); }) / kBatch);
    floor = std::min(floor, microseconds([&] {
                              for (std::size_t n = 0; n < kFrames; ++n) {
                                sink = sink + read_once(weights);
                              }
                            }) / kFrames);
    if (!ok) return false;
  }
  std::printf("%-16s %8ld %9.2f %9.2f %7.2f %9.2f %9.2f %7.2f %9.0f\n", name,
              decoder.macs_per_frame(), ours, xnnpack, ours / xnnpack, batch, floor, ours / floor,
              longest_step);
  return true;
}

}  // namespace

// decoder_bench [TURNS [NAME]]
int main(int argc, char** argv) {
  const int turns = argc > 1 ? std::max(1, std::atoi(argv[1])) : 400;
  const std::string only = argc > 2 ? argv[2] : "";
  std::printf(
      "Microseconds per frame (4000 are real time), best of %d turns, %d floats per vector\n",
      turns, kSimdFloats);
  std::printf("%-16s %8s %9s %9s %7s %9s %9s %7s %9s\n", "decoder", "MACs", "streaming", "XNNPACK",
              "ratio", "batch", "read once", "ratio", "load step");
  struct Case {
    const char* name;
    DecoderConfig config;
  };
  for (const Case& it : {Case{"tcn reduced", tcn(64, 3, 0)}, Case{"tcn full", tcn(128, 5, 0)},
                         Case{"tcn full noise", tcn(128, 5, kNoiseBands)},
                         Case{"gru reduced", gru(16)}, Case{"gru full", gru(512)}}) {
    if (!only.empty() && only != it.name) continue;
    if (!bench(it.name, it.config, turns)) return 1;
  }
  return 0;
}
