// sideband render: a recording through the whole instrument, as the page would play it.
#include <algorithm>
#include <memory>

#include "core/engine.h"
#include "core/params.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/model_file.h"
#include "tools/sideband/progress.h"

namespace sideband::cli {
namespace {

constexpr int kDefaultBlock = 128;  // that of the AudioWorklet
constexpr int kMaxBlock = 1 << 16;

struct Setting {
  Param param;
  float value;
};

Setting parse_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    throw UsageError("--set takes param=value, not '" + text + "'");
  }
  const std::string name = text.substr(0, equals);
  const int index = find_param(name);
  if (index < 0) {
    std::string known;
    for (const ParamInfo& info : kParams) {
      known += (known.empty() ? "" : ", ") + std::string(info.name);
    }
    throw UsageError("there is no parameter '" + name + "'; there are " + known);
  }
  const ParamInfo& info = kParams[static_cast<std::size_t>(index)];
  const auto value = parse_number(text.substr(equals + 1));
  if (!value || *value < static_cast<double>(info.min) || *value > static_cast<double>(info.max)) {
    char range[64];
    std::snprintf(range, sizeof range, "%g to %g", static_cast<double>(info.min),
                  static_cast<double>(info.max));
    throw UsageError(name + " goes from " + range + ", not '" + text.substr(equals + 1) + "'");
  }
  return {static_cast<Param>(index), static_cast<float>(*value)};
}

}  // namespace

int run_render(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {"--as-live"},
                                    .options = {"-o", "--rate", "--block", "--set", "--range"}});
  const auto& files = arguments.files({"MODEL", "IN.wav"});
  const std::string out_path = arguments.required("-o");
  const auto rate_hz = arguments.integer("--rate", kMinRateHz, kMaxRateHz);
  const int block = arguments.integer("--block", 1, kMaxBlock).value_or(kDefaultBlock);
  std::vector<Setting> settings;
  for (const std::string& text : arguments.all("--set")) settings.push_back(parse_setting(text));

  if (arguments.has("--range")) {
    settings.push_back({Param::kPitchRange, static_cast<float>(pitch_range(arguments))});
  }

  const ModelFile file(files[0]);
  Audio audio = read_audio(files[1]);
  audio = rate_hz ? resample(audio, *rate_hz) : in_engine_range(std::move(audio));

  const EngineConfig config{.sample_rate_hz = audio.rate_hz};
  Memory memory(Engine::required_bytes(config));
  const auto engine = std::make_unique<Engine>();
  check(files[1], engine->prepare(config, memory.arena()));
  for (const Setting& setting : settings) engine->set(setting.param, setting.value);
  const int heard = engine->get(Param::kSlot) >= 0.5F ? 1 : 0;
  check(files[0], engine->load(heard, file.bytes));
  check(files[0], engine->finish_loading());
  engine->reset();

  // The instrument is fed silence after the recording, until the last of it has come out.
  const auto latency =
      arguments.has("--as-live") ? 0 : static_cast<std::size_t>(engine->latency_samples());
  const std::size_t wanted = audio.samples.size();
  std::vector<float>& samples = audio.samples;
  samples.resize(wanted + latency);
  Progress progress("rendering");
  for (std::size_t begin = 0; begin < samples.size(); begin += static_cast<std::size_t>(block)) {
    const auto size = std::min(static_cast<std::size_t>(block), samples.size() - begin);
    const auto part = std::span(samples).subspan(begin, size);
    engine->process(part, part);
    progress.show(begin, samples.size());
  }
  write_wav(out_path, audio.rate_hz, std::span(samples).subspan(latency));
  return 0;
}

}  // namespace sideband::cli
