// sideband match: analysis by synthesis; a file, or every sound file of a folder.
#include "core/match/matcher.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/dx7/note.h"
#include "core/match/live_model.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/match_target.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/patch_json.h"
#include "tools/sideband/recogniser_file.h"
#include "tools/sideband/syx_file.h"

namespace sideband::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  TimeBudget budget;
  match::MatchConfig config;
  std::string render_path;
};

double number_of(const Arguments& arguments, const std::string& name, double low, double high,
                 double otherwise) {
  if (!arguments.has(name)) return otherwise;
  const auto value = parse_number(arguments.required(name));
  if (!value || *value < low || *value > high) {
    throw UsageError(name + " takes a number from " + std::to_string(low) + " to " +
                     std::to_string(high));
  }
  return *value;
}

match::UpdateLaw law_of(const Arguments& arguments) {
  const std::string name = arguments.has("--law") ? arguments.required("--law") : "gradient";
  if (name == "gradient") return match::UpdateLaw::kGradient;
  if (name == "policy") return match::UpdateLaw::kPolicy;
  if (name == "aear") return match::UpdateLaw::kAeAr;
  if (name == "hybrid") return match::UpdateLaw::kHybrid;
  throw UsageError("--law is gradient, policy, aear or hybrid, not '" + name + "'");
}

// What --recogniser names, else the one that came with the program, if it did.
std::unique_ptr<RecogniserFile> recogniser_of(const Arguments& arguments) {
  if (arguments.has("--no-recogniser")) return nullptr;
  const std::string path =
      arguments.has("--recogniser") ? arguments.required("--recogniser") : shipped_recogniser();
  return path.empty() ? nullptr : std::make_unique<RecogniserFile>(path);
}

std::string voice_name(const std::string& path) {
  std::string name = fs::path(path).stem().string().substr(0, dx7::kNameLength);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

void write_render(const std::string& path, const match::Matcher::Result& result,
                  const MatchTarget& target) {
  constexpr int kRateHz = 16000;
  const auto note = std::make_unique<dx7::Note>();
  note->prepare(kRateHz);
  note->start(result.voice, result.midi_note, 100);
  const auto silence = static_cast<std::size_t>(target.silence_s * kRateHz);
  std::vector<float> out(silence + target.samples.size());
  const auto sound = std::span(out).subspan(silence);
  const auto held = std::min(sound.size(), static_cast<std::size_t>(result.hold_s * kRateHz));
  note->render(sound.first(held));
  note->key_up();
  note->render(sound.subspan(held));
  write_wav(path, kRateHz, out);
}

void match_file(const std::string& path, const std::string& out_path, const Options& options) {
  const MatchTarget target = read_target(path);
  Memory memory(match::Matcher::kMemoryBytes);
  const auto matcher = std::make_unique<match::Matcher>();
  match::MatchConfig config = options.config;
  if (config.f0_hz <= 0) config.f0_hz = target.f0_hz;
  check(path, matcher->prepare(target.samples, config, memory.arena()));
  options.budget.spend("matching " + path, [&](double done) { matcher->step(done); });
  match::Matcher::Result result = matcher->result();
  const std::string name = voice_name(path);
  for (std::size_t i = 0; i < dx7::kNameLength; ++i) {
    result.voice.name[i] = i < name.size() && name[i] >= ' ' && name[i] <= '~' ? name[i] : ' ';
  }
  const std::string kind = fs::path(out_path).extension().string();
  if (kind == ".safetensors") {
    const match::LoudnessCurve curve = match::loudness_curve(
        result.voice, result.midi_note, result.hold_s, match::kLoudestPlayedDb);
    std::array<std::byte, match::kLiveModelBytes> bytes;
    const std::size_t used =
        match::write_live_model(result.voice, result.midi_note, result.played_hz, curve,
                                fs::path(path).stem().string(), bytes);
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    write_bytes(out_path, {data, data + used});
  } else if (kind == ".json") {
    const std::string text = patch_json(result);
    write_bytes(out_path, {text.begin(), text.end()});
  } else {
    write_syx_file(out_path, {single_dump(result.voice)});
  }
  if (!options.render_path.empty()) write_render(options.render_path, result, target);
  std::printf(
      "%s: algorithm %d, %.1f Hz (key %d), held %.2f s, %smel-LSD %.2f dB as a voice, "
      "%.2f dB before rounding, %ld steps\n",
      path.c_str(), result.voice.algorithm + 1, result.f0_hz, result.midi_note, result.hold_s,
      matcher->recognised() ? "recognised, " : "", result.voice_mel_db, result.mel_db,
      matcher->steps());
}

bool is_sound(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".wav" || extension == ".flac" || extension == ".aif" ||
         extension == ".aiff" || extension == ".ogg";
}

}  // namespace

int run_match(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {"--cpu", "--no-recogniser"},
                                    .options = {"-o", "--seconds", "--render", "--law", "--hold",
                                                "--f0", "--seed", "--recogniser"}});
  const auto& files = arguments.files({"TARGET.wav"});
  const std::string out_path = arguments.required("-o");
  Options options;
  options.budget.seconds = number_of(arguments, "--seconds", 0.1, 3600, 20);
  options.config.hold_s = number_of(arguments, "--hold", 0.01, 60, 0);
  options.config.f0_hz = number_of(arguments, "--f0", 10, 8000, 0);
  options.budget.processor_time = arguments.has("--cpu");
  options.config.law = law_of(arguments);
  options.config.seed =
      static_cast<std::uint32_t>(arguments.integer("--seed", 0, 1 << 30).value_or(1));
  const std::unique_ptr<RecogniserFile> recogniser = recogniser_of(arguments);
  if (recogniser != nullptr) options.config.recogniser = recogniser->get();
  if (arguments.has("--render")) options.render_path = arguments.required("--render");
  if (!fs::is_directory(files[0])) {
    const std::string kind = fs::path(out_path).extension().string();
    if (kind != ".syx" && kind != ".json" && kind != ".safetensors") {
      throw UsageError("-o names a .syx, .safetensors or .json file, not '" + out_path + "'");
    }
    match_file(files[0], out_path, options);
    return 0;
  }
  if (!options.render_path.empty()) throw UsageError("--render is for one file, not for a folder");
  std::vector<fs::path> sounds;
  for (const auto& entry : fs::directory_iterator(files[0])) {
    if (entry.is_regular_file() && is_sound(entry.path())) sounds.push_back(entry.path());
  }
  if (sounds.empty()) throw Fault(files[0], "holds no sound files");
  std::sort(sounds.begin(), sounds.end());
  fs::create_directories(out_path);
  for (const fs::path& sound : sounds) {
    match_file(sound.string(), (fs::path(out_path) / sound.stem()).string() + ".syx", options);
  }
  return 0;
}

}  // namespace sideband::cli
