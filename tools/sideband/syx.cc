// sideband syx: DX7 voices and banks listed, copied, played, and made from a model.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "core/dx7/convert.h"
#include "core/dx7/curves.h"
#include "core/dx7/note.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/model_file.h"
#include "tools/sideband/syx_file.h"

namespace sideband::cli {
namespace {

std::string printable(const dx7::Voice& voice) {
  return std::string(dx7::printable_name(voice).view());
}

int list(const std::string& path) {
  int number = 0;
  for (const dx7::Dump& dump : read_syx(path)) {
    std::printf("%s, channel %d%s%s\n", dump.bank ? "bank of 32 voices" : "one voice",
                dump.channel + 1, dump.checksum_right ? "" : ", the checksum is wrong",
                dump.out_of_range == 0
                    ? ""
                    : (", " + std::to_string(dump.out_of_range) + " values out of range").c_str());
    for (std::size_t i = 0; i < dump.voices(); ++i) {
      const dx7::Voice voice = dx7::limited(dump.voice[i]);
      std::printf("%4d  %-10s  algorithm %2d  feedback %d  ratios", ++number,
                  printable(voice).c_str(), voice.algorithm + 1, voice.feedback);
      for (const dx7::Operator& op : voice.op) {
        if (op.output_level == 0) {
          std::printf("      –");
        } else if (op.fixed_frequency != 0) {
          std::printf(" %4.0fHz", dx7::fixed_hz(op));
        } else {
          std::printf(" %6.2f", dx7::frequency_ratio(op));
        }
      }
      std::printf("  levels");
      for (const dx7::Operator& op : voice.op) std::printf(" %2d", op.output_level);
      std::printf("\n");
    }
  }
  return 0;
}

dx7::Voice chosen_voice(const std::string& path, int number) {
  const std::vector<dx7::Dump> dumps = read_syx(path);
  int left = number;
  for (const dx7::Dump& dump : dumps) {
    const int voices = static_cast<int>(dump.voices());
    if (left <= voices) return dump.voice[static_cast<std::size_t>(left - 1)];
    left -= voices;
  }
  throw Fault(
      path, "has " + std::to_string(number - left) + " voices, no voice " + std::to_string(number));
}

double seconds_of(const Arguments& arguments, const std::string& name, double otherwise) {
  if (!arguments.has(name)) return otherwise;
  const auto value = parse_number(arguments.required(name));
  if (!value || *value < 0.01 || *value > 600) {
    throw UsageError(name + " takes seconds, from 0.01 to 600");
  }
  return *value;
}

int render(const Arguments& arguments, const std::string& path) {
  const std::string out_path = arguments.required("-o");
  const int rate_hz = arguments.integer("--rate", kMinRateHz, kMaxRateHz).value_or(48000);
  const int midi_note = arguments.integer("--note", 0, 127).value_or(60);
  const int velocity = arguments.integer("--velocity", 1, 127).value_or(100);
  const double seconds = seconds_of(arguments, "--seconds", 3);
  const double hold_s = seconds_of(arguments, "--hold", seconds * 2 / 3);
  const dx7::Voice voice = chosen_voice(path, arguments.integer("--voice", 1, 100000).value_or(1));
  const auto note = std::make_unique<dx7::Note>();
  note->prepare(rate_hz);
  note->start(voice, midi_note, velocity);
  std::vector<float> out(static_cast<std::size_t>(seconds * rate_hz));
  const std::size_t held = std::min(out.size(), static_cast<std::size_t>(hold_s * rate_hz));
  note->render(std::span(out).first(held));
  note->key_up();
  note->render(std::span(out).subspan(held));
  write_wav(out_path, rate_hz, out);
  return 0;
}

int copy(const Arguments& arguments, const std::string& path) {
  std::vector<dx7::Dump> dumps = read_syx(path);
  if (arguments.has("--voice")) {
    const int number = arguments.integer("--voice", 1, 100000).value_or(1);
    dumps = {single_dump(chosen_voice(path, number))};
  }
  if (arguments.has("--repair")) {
    for (dx7::Dump& dump : dumps) {
      for (std::size_t i = 0; i < dump.voices(); ++i) {
        dump.voice[i] = dx7::limited(dump.voice[i]);
        dump.spare[i] = {};
      }
    }
  }
  const bool keep = !arguments.has("--repair") && !arguments.has("--voice");
  write_syx_file(arguments.required("-o"), dumps, keep);
  return 0;
}

// The loudest each operator gets: the 99th percentile, so that one odd frame does not decide.
std::array<float, kOperators> peak_levels(const Arguments& arguments, const Model& model) {
  std::array<float, kOperators> peak{};
  const auto levels = static_cast<std::size_t>(model.decoder.levels);
  if (!arguments.has("--controls")) {
    std::fill_n(peak.begin(), levels, model.synth.patch.i_max);
    return peak;
  }
  const std::string csv = arguments.required("--controls");
  const auto rows = read_csv(csv, control_columns(model.decoder));
  if (rows.empty()) throw Fault(csv, "has no rows");
  for (std::size_t op = 0; op < levels; ++op) {
    std::vector<double> values;
    for (const auto& row : rows) values.push_back(row[op]);
    std::sort(values.begin(), values.end());
    peak[op] = static_cast<float>(values[(values.size() - 1) * 99 / 100]);
  }
  return peak;
}

int export_model(const Arguments& arguments, const std::string& path) {
  ModelFile file(path);
  if (file.model.synth.type == SynthType::kHarmonicNoise) {
    throw Fault(path, "is a harmonic + noise model: it has no operators to export");
  }
  dx7::Roundings roundings;
  const std::string name =
      arguments.has("--name") ? arguments.required("--name") : std::string(file.model.instrument);
  const dx7::Voice voice = dx7::nearest_voice(file.model.synth.patch,
                                              peak_levels(arguments, file.model), name, roundings);
  write_syx_file(arguments.required("-o"), {single_dump(voice)});
  for (const dx7::Rounding& rounding : roundings.list()) {
    const std::string op = rounding.op > 0 ? "operator " + std::to_string(rounding.op) + ": " : "";
    std::printf("%s%s %.4g became %.4g\n", op.c_str(), std::string(rounding.what).c_str(),
                rounding.wanted, rounding.became);
  }
  return 0;
}

}  // namespace

int run_syx(const std::vector<std::string>& words) {
  const Arguments arguments(
      words, {.switches = {"--repair"},
              .options = {"-o", "--voice", "--note", "--velocity", "--seconds", "--hold", "--rate",
                          "--controls", "--name"}});
  const auto& files = arguments.files({"list|render|copy|export", "FILE"});
  if (files[0] == "list") return list(files[1]);
  if (files[0] == "render") return render(arguments, files[1]);
  if (files[0] == "copy") return copy(arguments, files[1]);
  if (files[0] == "export") return export_model(arguments, files[1]);
  throw UsageError("syx does list, render, copy or export, not '" + files[0] + "'");
}

}  // namespace sideband::cli
