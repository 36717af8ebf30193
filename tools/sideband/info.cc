// sideband info: the figures of a model, or of the engine.
#include <cstdio>
#include <memory>
#include <string>

#include "core/engine.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/model_file.h"

namespace sideband::cli {
namespace {

void print_line(const char* name, const std::string& text) {
  std::printf("%-22s %s\n", name, text.c_str());
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string latency(int samples, int rate_hz) {
  char text[64];
  std::snprintf(text, sizeof text, "%d samples at %d Hz (%.2f ms)", samples, rate_hz,
                1000.0 * samples / rate_hz);
  return text;
}

void print_latencies() {
  Memory memory;
  const auto analyzer = std::make_unique<Analyzer>();
  check("analyzer", analyzer->prepare({.sample_rate_hz = kAnalysisRateHz}, memory.arena()));
  print_line("analyzer latency", latency(analyzer->latency_samples(), kAnalysisRateHz));
  for (const int rate_hz : {16000, 44100, 48000, 96000}) {
    const EngineConfig config{.sample_rate_hz = rate_hz};
    Memory engine_memory(Engine::required_bytes(config));
    const auto engine = std::make_unique<Engine>();
    check("engine", engine->prepare(config, engine_memory.arena()));
    print_line("whole path", latency(engine->latency_samples(), rate_hz));
  }
}

std::string routing(const FmPatch& patch, int operators) {
  std::string text;
  for (std::size_t from = kOperators; from-- > 0;) {
    for (std::size_t to = kOperators; to-- > 0;) {
      if (patch.modulation[to][from] == 0 || static_cast<int>(from) >= operators) continue;
      text += (text.empty() ? "" : " ") + std::to_string(from + 1) + ">" + std::to_string(to + 1);
    }
  }
  return text.empty() ? "none" : text;
}

void print_synth(const ModelFile& file) {
  const SynthConfig& synth = file.model.synth;
  const int operators = file.model.decoder.levels;
  if (synth.type == SynthType::kHarmonicNoise) {
    print_line("synth", "harmonic_noise, " + std::to_string(synth.harmonics) + " harmonics");
  } else {
    print_line("synth", std::string(synth.type == SynthType::kFm ? "fm, " : "fm_noise, ") +
                            std::to_string(operators) + " operators, i_max " +
                            number(static_cast<double>(synth.patch.i_max)));
    std::string ratios;
    std::string carriers;
    for (std::size_t i = 0; i < static_cast<std::size_t>(operators); ++i) {
      ratios += (i > 0 ? " " : "") + number(static_cast<double>(synth.patch.ratio[i]));
      if (synth.patch.carrier[i] != 0) {
        carriers += (carriers.empty() ? "" : " ") + std::to_string(i + 1);
      }
    }
    print_line("ratios", ratios);
    print_line("routing", routing(synth.patch, operators));
    print_line("carriers", carriers);
  }
  print_line("noise bands", std::to_string(synth.noise_bands));
  print_line("reverb", synth.reverb_impulse.empty()
                           ? "none"
                           : std::to_string(synth.reverb_impulse.size()) + " samples at 16000 Hz");
}

std::string loudness_range(const Model& model) {
  if (!(model.loud_db > model.quiet_db)) return "unknown";
  return number(static_cast<double>(model.quiet_db)) + " to " +
         number(static_cast<double>(model.loud_db)) + " dB";
}

void print_model(ModelFile& file) {
  const DecoderConfig& config = file.model.decoder;
  const auto decoder = std::make_unique<Decoder>();
  check(file.path, decoder->prepare(config, file.model.tensors(), file.memory.arena()));
  while (decoder->load_step()) {
  }
  check(file.path, decoder->load_status());
  print_line("model", std::string(file.model.instrument) + ", " + std::string(file.model.variant));
  print_line("trained on", loudness_range(file.model));
  const std::string width = std::to_string(config.hidden);
  if (config.type == DecoderType::kTcn) {
    print_line("decoder", "tcn, " + std::to_string(config.blocks) + " blocks of " + width +
                              " channels, kernel " + std::to_string(config.kernel) +
                              ", dilation base " + std::to_string(config.dilation_base));
    print_line("receptive field",
               std::to_string(decoder->receptive_field_frames()) + " frames (" +
                   number(1000.0 * decoder->receptive_field_frames() / kFrameRateHz) + " ms)");
  } else {
    print_line("decoder", "gru, width " + width);
  }
  print_line("parameters", std::to_string(decoder->parameters()));
  print_line("MAC per frame", std::to_string(decoder->macs_per_frame()));
  print_synth(file);
  print_line("file bytes", std::to_string(file.bytes.size()));

  SynthConfig synth_config = file.model.synth;
  synth_config.output_rate_hz = 48000;
  const auto synth = std::make_unique<Synth>();
  check(file.path, synth->prepare(synth_config, file.memory.arena()));
  print_line("memory bytes", std::to_string(file.memory.arena().used_bytes()) + " at 48000 Hz");
}

}  // namespace

int run_info(const std::vector<std::string>& words) {
  const Arguments arguments(words, {});
  if (arguments.files().empty()) {
    print_line("frames", std::to_string(kFrameRateHz) + " per second, " +
                             std::to_string(kHopSamples) + " samples at " +
                             std::to_string(kAnalysisRateHz) + " Hz");
    print_line("f0", number(static_cast<double>(kMinF0Hz)) + " to " +
                         number(static_cast<double>(kMaxF0Hz)) + " Hz");
    print_line("engine memory bytes", std::to_string(Engine::required_bytes({})));
  } else {
    ModelFile file(arguments.files({"MODEL"})[0]);
    print_model(file);
  }
  print_latencies();
  return 0;
}

}  // namespace sideband::cli
