// sideband morph: both sounds matched in one algorithm, and the patches between them.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/match/matcher.h"
#include "core/match/voice_codec.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/fault.h"
#include "tools/sideband/match_target.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/syx_file.h"

namespace sideband::cli {
namespace {

struct Matched {
  explicit Matched(const std::string& path)
      : memory(match::Matcher::kMemoryBytes), target(read_target(path)) {}
  Memory memory;
  MatchTarget target;
  match::Matcher matcher;
};

}  // namespace

int run_morph(const std::vector<std::string>& words) {
  const Arguments arguments(
      words, {.switches = {"--cpu"}, .options = {"-o", "--steps", "--seconds", "--seed"}});
  const auto& files = arguments.files({"A.wav", "B.wav"});
  const std::string folder = arguments.required("-o");
  const int steps = arguments.integer("--steps", 2, 32).value_or(5);
  TimeBudget budget;
  budget.seconds = arguments.integer("--seconds", 1, 3600).value_or(20) / 2.0;
  budget.processor_time = arguments.has("--cpu");
  match::MatchConfig config;
  config.seed = static_cast<std::uint32_t>(arguments.integer("--seed", 0, 1 << 30).value_or(1));

  // A decides on the algorithm; B begins with A's patch, moved to its own pitch.
  std::array<std::unique_ptr<Matched>, 2> ends;
  std::array<match::Candidate, 2> found;
  for (std::size_t i = 0; i < 2; ++i) {
    ends[i] = std::make_unique<Matched>(files[i]);
    Matched& end = *ends[i];
    config.f0_hz = end.target.f0_hz;
    check(files[i], end.matcher.prepare(end.target.samples, config, end.memory.arena()));
    if (i == 1) {
      match::Candidate start = found[0];
      if (config.f0_hz > 0) {
        start.parameters.log2_f0 = static_cast<float>(std::log2(config.f0_hz));
      }
      start.loss = 1e30;
      end.matcher.seed(start);
    }
    budget.spend("matching " + files[i], [&](double done) { end.matcher.step(done); });
    found[i] = end.matcher.result().candidate;
    config.algorithm = found[0].algorithm;
  }

  std::filesystem::create_directories(folder);
  CsvWriter csv(folder + "/morph.csv", {"position", "mel_lsd_a", "mel_lsd_b"});
  for (int step = 0; step < steps; ++step) {
    const float t = static_cast<float>(step) / static_cast<float>(steps - 1);
    match::Coefficients between = found[0].parameters;
    const auto a = found[0].parameters.flat();
    const auto b = found[1].parameters.flat();
    for (std::size_t i = 0; i < a.size(); ++i) between.flat()[i] = a[i] + t * (b[i] - a[i]);
    const double f0_hz = std::exp2(static_cast<double>(between.log2_f0));
    const dx7::Voice voice = match::to_voice<float>(
        between, config.algorithm, match::nearest_key(f0_hz), "MORPH " + std::to_string(step));
    write_syx_file(folder + "/morph" + std::to_string(step) + ".syx", {single_dump(voice)});
    const double to_a = ends[0]->matcher.distance(between);
    const double to_b = ends[1]->matcher.distance(between);
    csv.row(std::array<double, 3>{t, to_a, to_b});
    std::printf("morph%d.syx: %.2f dB from %s, %.2f dB from %s\n", step, to_a, files[0].c_str(),
                to_b, files[1].c_str());
  }
  csv.finish();
  return 0;
}

}  // namespace sideband::cli
