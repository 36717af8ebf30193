// sideband ab: recordings through models, as the A/B page shows them: WAV files, spectrograms,
// scores and a report. Everything at 16 kHz, the rate of the papers.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <set>

#include "core/anchor/lpc_anchor.h"
#include "core/inference/decoder.h"
#include "core/measure/distance.h"
#include "core/measure/loudness.h"
#include "core/measure/picture.h"
#include "core/xnnpack_renderer.h"
#include "tools/sideband/ab_report.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/model_file.h"
#include "tools/sideband/png_file.h"
#include "tools/sideband/progress.h"

namespace sideband::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kRateHz = kDistanceRateHz;
constexpr int kColumns = 640;
constexpr int kRows = 160;
constexpr float kHighestPeak = 0.97F;

struct Words {
  std::vector<std::string> models;
  std::vector<std::string> inputs;
  std::string folder;
  bool matched = false;
};

// Options that take all the words up to the next option.
Words parse(const std::vector<std::string>& words) {
  Words out;
  std::vector<std::string>* list = nullptr;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--models" || word == "--inputs") {
      list = word == "--models" ? &out.models : &out.inputs;
    } else if (word == "--matched") {
      out.matched = true;
    } else if (word == "-o") {
      if (i + 1 == words.size()) throw UsageError("-o needs a value");
      out.folder = words[++i];
      list = nullptr;
    } else if (word.size() > 1 && word.front() == '-') {
      throw UsageError("there is no option " + word);
    } else if (list == nullptr) {
      throw UsageError("there is no use for '" + word + "'");
    } else {
      list->push_back(word);
    }
  }
  if (out.models.empty()) throw UsageError("--models is missing");
  if (out.inputs.empty()) throw UsageError("--inputs is missing");
  if (out.folder.empty()) throw UsageError("-o is missing");
  return out;
}

// Folders stand for all the model files below them.
std::vector<std::string> model_paths(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    if (!fs::is_directory(word)) {
      out.push_back(word);
      continue;
    }
    const std::size_t before = out.size();
    for (const auto& entry : fs::recursive_directory_iterator(word)) {
      if (entry.path().extension() == ".safetensors") out.push_back(entry.path().string());
    }
    if (out.size() == before) throw Fault(word, "there is no .safetensors file below it");
  }
  return out;
}

// As the page's table has them: by synth, then full, reduced and its distilled forms.
int place_of(const Model& model) {
  const int synth = model.synth.type == SynthType::kFm              ? 0
                    : model.synth.type == SynthType::kHarmonicNoise ? 1
                                                                    : 2;
  constexpr std::string_view kVariants[] = {"full", "reduced", "reduced-ad", "reduced-cd"};
  const auto found = std::find(std::begin(kVariants), std::end(kVariants), model.variant);
  return synth * 100 + static_cast<int>(found - std::begin(kVariants));
}

std::string title_of(const Model& model) {
  const char* synth = model.synth.type == SynthType::kFm              ? "DDX7"
                      : model.synth.type == SynthType::kHarmonicNoise ? "HpN"
                                                                      : "FM + noise";
  return std::string(model.instrument) + ", " + synth + ", " + std::string(model.variant);
}

long parameters_of(const ModelFile& file) {
  Memory memory;
  Decoder decoder;
  check(file.path, decoder.prepare(file.model.decoder, file.model.tensors(), memory.arena()));
  return decoder.parameters();
}

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A finished sound with its figures on the way to the report.
struct Sound {
  AbCell cell;
  std::vector<float> samples;
  std::vector<float> picture = std::vector<float>(std::size_t{kColumns} * kRows);
};

class Bench {
 public:
  Bench(std::string path, const Words& words) : path_(std::move(path)), words_(words) {
    const Audio audio = resample(read_audio(path_), kRateHz);
    input_ = audio.samples;
    if (input_.size() < kShortestForDistance) {
      throw Fault(path_, "is shorter than 0.13 s, too short to be compared");
    }
    check(path_, listen(input_, kRateHz, played_));
    name_ = fs::path(path_).stem().string();
    if (!taken_names().insert(name_).second) throw Fault(path_, "another input has this name");
  }

  const std::string& name() const { return name_; }

  void add_reference() {
    Sound sound;
    sound.cell = {.title = "Reference", .kind = "reference", .stem = name_ + "/reference"};
    sound.samples = input_;
    add(std::move(sound));
  }

  void add_anchor() {
    Sound sound;
    sound.cell = {.title = "LPC anchor", .kind = "anchor", .stem = name_ + "/anchor"};
    Memory memory;
    LpcAnchor anchor;
    check(path_, anchor.prepare(memory.arena()));
    const Stopwatch stopwatch;
    sound.samples = input_;
    sound.samples.resize(input_.size() + static_cast<std::size_t>(LpcAnchor::latency_samples()));
    anchor.process(sound.samples, sound.samples);
    sound.samples.erase(sound.samples.begin(),
                        sound.samples.begin() + LpcAnchor::latency_samples());
    sound.cell.real_time_factor = stopwatch.seconds() / seconds();
    add(std::move(sound));
  }

  void add_model(const ModelFile& file) {
    Sound sound;
    const std::string instrument(file.model.instrument);
    sound.cell = {.title = title_of(file.model),
                  .kind = "model",
                  .model = file.path,
                  .stem = name_ + "/" + instrument + "-" + fs::path(file.path).stem().string()};
    sound.cell.parameters = parameters_of(file);
    sound.cell.bytes = file.bytes.size();
    XnnpackRenderer renderer;
    check(file.path, renderer.prepare(file.bytes, kRateHz));
    renderer.follow(played_);
    const auto latency = static_cast<std::size_t>(renderer.latency_samples());
    const Stopwatch stopwatch;
    sound.samples = input_;
    sound.samples.resize(input_.size() + latency);
    check(file.path, renderer.process(sound.samples, sound.samples));
    sound.samples.erase(sound.samples.begin(),
                        sound.samples.begin() + static_cast<std::ptrdiff_t>(latency));
    sound.cell.real_time_factor = stopwatch.seconds() / seconds();
    add(std::move(sound));
  }

  // Writes the files and gives the figures away.
  AbInput finish() {
    match();
    fs::create_directories(fs::path(words_.folder) / name_);
    AbInput out{.name = name_, .seconds = seconds(), .cells = {}};
    for (Sound& sound : sounds_) {
      const std::string stem = words_.folder + "/" + sound.cell.stem;
      if (words_.matched) {
        const auto gain = static_cast<float>(std::pow(10, sound.cell.gain_db / 20));
        for (float& sample : sound.samples) sample *= gain;
      }
      write_wav(stem + ".wav", kRateHz, sound.samples);
      write_spectrogram_png(stem + ".png", sound.picture, kColumns, kRows);
      if (sound.cell.kind != "reference") {
        write_difference_png(stem + "-difference.png", sound.picture, sounds_.front().picture,
                             kColumns, kRows);
      }
      out.cells.push_back(sound.cell);
    }
    return out;
  }

 private:
  static std::set<std::string>& taken_names() {
    static std::set<std::string> names;
    return names;
  }

  double seconds() const { return static_cast<double>(input_.size()) / kRateHz; }

  void add(Sound sound) {
    Memory memory;
    sound.cell.loudness_lufs = integrated_loudness_lufs(sound.samples, kRateHz, memory.arena());
    if (sound.cell.kind != "reference") {
      std::vector<std::byte> scratch(kDistanceScratchBytes);
      sound.cell.mss = multi_scale_spectral_distance(input_, sound.samples, Arena(scratch));
      sound.cell.mel_lsd_db = mel_log_spectral_distance_db(input_, sound.samples, Arena(scratch));
    }
    std::vector<std::byte> scratch(kPictureScratchBytes);
    draw_spectrogram(sound.samples, kRateHz, kColumns, kRows, sound.picture, Arena(scratch));
    sounds_.push_back(std::move(sound));
  }

  // As loud as the reference; all of them lower where one would clip.
  void match() {
    const double target = sounds_.front().cell.loudness_lufs;
    float highest = 0;
    for (Sound& sound : sounds_) {
      AbCell& cell = sound.cell;
      const bool audible = target > kNoLoudness && cell.loudness_lufs > kNoLoudness;
      cell.gain_db = audible ? target - cell.loudness_lufs : 0;
      const auto gain = static_cast<float>(std::pow(10, cell.gain_db / 20));
      for (const float sample : sound.samples) highest = std::max(highest, std::abs(sample) * gain);
    }
    if (highest <= kHighestPeak) return;
    const double lower_db = 20 * std::log10(static_cast<double>(kHighestPeak / highest));
    for (Sound& sound : sounds_) sound.cell.gain_db += lower_db;
  }

  std::string path_;
  const Words& words_;
  std::string name_;
  std::vector<float> input_;
  std::vector<Features> played_;  // what the analyzer made of it, for every model
  std::vector<Sound> sounds_;
};

}  // namespace

int run_ab(const std::vector<std::string>& word_list) {
  const Words words = parse(word_list);
  std::vector<std::unique_ptr<ModelFile>> models;
  for (const std::string& path : model_paths(words.models)) {
    models.push_back(std::make_unique<ModelFile>(path));
  }
  std::stable_sort(models.begin(), models.end(), [](const auto& one, const auto& other) {
    if (one->model.instrument != other->model.instrument) {
      return one->model.instrument < other->model.instrument;
    }
    return place_of(one->model) < place_of(other->model);
  });

  std::vector<AbInput> report;
  Progress progress("rendering");
  std::size_t done = 0;
  for (const std::string& path : words.inputs) {
    Bench bench(path, words);
    bench.add_reference();
    bench.add_anchor();
    // "violin-3.wav" is for the violins; an input that names no instrument is for all.
    const auto fits = [&](const auto& model) {
      return bench.name().rfind(model->model.instrument, 0) == 0;
    };
    const bool named = std::any_of(models.begin(), models.end(), fits);
    for (const auto& model : models) {
      progress.show(done++, words.inputs.size() * models.size());
      if (!named || fits(model)) bench.add_model(*model);
    }
    report.push_back(bench.finish());
  }
  write_ab_report(words.folder, report, words.matched);
  return 0;
}

}  // namespace sideband::cli
