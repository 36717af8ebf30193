// sideband bench: × real time and the worst block of every stage, as the page runs them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>

#include "core/engine.h"
#include "core/inference/xnnpack_decoder.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/model_file.h"
#include "tools/sideband/stopwatch.h"

namespace sideband::cli {
namespace {

constexpr int kRateHz = 48000;
constexpr std::size_t kBlock = 128;  // of the AudioWorklet: 2.67 ms
constexpr double kSeconds = 8;
constexpr std::size_t kBatch = 250;  // frames
constexpr auto kFrames = static_cast<std::size_t>(kSeconds * kFrameRateHz);

struct Row {
  std::string stage;
  Timing timing;
  bool streams = true;  // a batch has no blocks
};

// A bowed-string-like phrase: notes of half a second with vibrato, overtones and swells.
std::vector<float> phrase() {
  std::vector<float> samples(static_cast<std::size_t>(kSeconds * kRateHz));
  double phase = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double t = static_cast<double>(n) / kRateHz;
    const double note = std::floor(t * 2);
    const double semitones =
        std::fmod(note * 7, 24) + 0.3 * std::sin(2 * std::numbers::pi * 5.5 * t);
    phase += 220 * std::exp2(semitones / 12) / kRateHz;
    double sum = 0;
    for (int h = 1; h <= 8; ++h) sum += std::sin(2 * std::numbers::pi * phase * h) / h;
    samples[n] = static_cast<float>(0.2 * std::sin(std::numbers::pi * (t * 2 - note)) * sum);
  }
  return samples;
}

class Bench {
 public:
  Bench() : samples_(phrase()) {}

  std::vector<Row> engine_alone() {
    Memory memory;
    const auto analyzer = std::make_unique<Analyzer>();
    check("analyzer", analyzer->prepare({.sample_rate_hz = kRateHz}, memory.arena()));
    frames_.assign(kFrames, {});
    std::size_t known = 0;
    const Timing timing = time_blocks(
        samples_.size() / kBlock, kSeconds,
        [&] {
          analyzer->reset();
          known = 0;
        },
        [&](std::size_t k) {
          auto rest = std::span<const float>(samples_).subspan(k * kBlock, kBlock);
          while (!rest.empty()) {
            const auto wanted = static_cast<std::size_t>(analyzer->samples_until_frame());
            const auto now = rest.first(std::min(wanted, rest.size()));
            rest = rest.subspan(now.size());
            if (analyzer->process(now, frames_[std::min(known, kFrames - 1)])) ++known;
          }
        });
    return {{"analyzer", timing}};
  }

  std::vector<Row> model(const std::string& path) {
    ModelFile file(path);
    std::vector<Controls> controls(kFrames);
    return {{"decoder", decoder(file, controls)},
            {"decoder, batched", batched_decoder(file, controls), false},
            {"synth", synth(file, controls)},
            {"whole path", whole_path(file, 1)},
            {"both slots", whole_path(file, 2)}};
  }

 private:
  Timing decoder(ModelFile& file, std::vector<Controls>& controls) {
    const auto decoder = std::make_unique<Decoder>();
    check(file.path,
          decoder->prepare(file.model.decoder, file.model.tensors(), file.memory.arena()));
    while (decoder->load_step()) {
    }
    check(file.path, decoder->load_status());
    return time_blocks(
        kFrames, kSeconds, [&] { decoder->reset(); },
        [&](std::size_t k) { decoder->decode(frames_[k], controls[k]); });
  }

  Timing batched_decoder(ModelFile& file, std::vector<Controls>& controls) {
    XnnpackDecoder decoder;
    check(file.path, decoder.prepare(file.model.decoder, file.model.tensors()));
    return time_blocks(
        kFrames / kBatch, kSeconds, [&] { decoder.reset(); },
        [&](std::size_t k) {
          check(file.path, decoder.decode(std::span(frames_).subspan(k * kBatch, kBatch),
                                          std::span(controls).subspan(k * kBatch, kBatch)));
        });
  }

  Timing synth(ModelFile& file, const std::vector<Controls>& controls) {
    SynthConfig config = file.model.synth;
    config.output_rate_hz = kRateHz;
    const auto synth = std::make_unique<Synth>();
    check(file.path, synth->prepare(config, file.memory.arena()));
    while (synth->load_step()) {
    }
    SynthSettings settings;
    settings.patch = config.patch;
    std::vector<float> out(kRateHz / kFrameRateHz);
    return time_blocks(
        kFrames, kSeconds, [&] { synth->reset(); },
        [&](std::size_t k) { synth->render(controls[k], settings, out); });
  }

  // With two slots the second model follows the playing unheard, as on the page.
  Timing whole_path(const ModelFile& file, int slots) {
    const EngineConfig config{.sample_rate_hz = kRateHz};
    Memory memory(Engine::required_bytes(config));
    const auto engine = std::make_unique<Engine>();
    check(file.path, engine->prepare(config, memory.arena()));
    for (int slot = 0; slot < slots; ++slot) {
      check(file.path, engine->load(slot, file.bytes));
      check(file.path, engine->finish_loading());
    }
    std::vector<float> out(kBlock);
    return time_blocks(
        samples_.size() / kBlock, kSeconds, [&] { engine->reset(); },
        [&](std::size_t k) {
          engine->process(std::span<const float>(samples_).subspan(k * kBlock, kBlock), out);
        });
  }

  std::vector<float> samples_;
  std::vector<Features> frames_;
};

void print_text(const std::string& title, const std::vector<Row>& rows) {
  std::printf("%s\n", title.c_str());
  for (const Row& row : rows) {
    std::printf("  %-18s %8.1f × real time, %6.2f %% of a core", row.stage.c_str(),
                row.timing.times_real_time, 100 / row.timing.times_real_time);
    if (row.streams) {
      std::printf(", worst block %7.1f µs, %.1f × the mean", row.timing.worst_block_us,
                  row.timing.worst_block_us / row.timing.mean_block_us);
    }
    std::printf("\n");
  }
}

std::string json_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

void print_json(const std::vector<Row>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::printf("%s{\"stage\": %s, \"times_real_time\": %.6g", i > 0 ? ", " : "",
                json_text(rows[i].stage).c_str(), rows[i].timing.times_real_time);
    if (rows[i].streams) {
      std::printf(", \"mean_block_us\": %.6g, \"worst_block_us\": %.6g",
                  rows[i].timing.mean_block_us, rows[i].timing.worst_block_us);
    }
    std::printf("}");
  }
}

}  // namespace

int run_bench(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {"--json"}, .options = {}});
  const bool json = arguments.has("--json");
  Bench bench;
  const std::vector<Row> alone = bench.engine_alone();
  if (json) {
    std::printf("{\"sample_rate_hz\": %d, \"block_frames\": %zu, \"stages\": [", kRateHz, kBlock);
    print_json(alone);
    std::printf("], \"models\": [");
  } else {
    std::printf("Blocks of %zu frames at %d Hz last %.0f µs; decoder and synth work per hop.\n",
                kBlock, kRateHz, 1e6 * kBlock / kRateHz);
    print_text("any model", alone);
  }
  bool first = true;
  for (const std::string& path : arguments.files()) {
    const std::vector<Row> rows = bench.model(path);
    if (json) {
      std::printf("%s{\"file\": %s, \"stages\": [", first ? "" : ", ", json_text(path).c_str());
      print_json(rows);
      std::printf("]}");
    } else {
      print_text(path, rows);
    }
    first = false;
    std::fflush(stdout);
  }
  if (json) std::printf("]}\n");
  return 0;
}

}  // namespace sideband::cli
