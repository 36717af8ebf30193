// sideband explore: random voices placed on a map by their timbre.
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/match/timbre_map.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/progress.h"
#include "tools/sideband/syx_file.h"

namespace sideband::cli {
namespace {

void write_map(const std::string& path, std::span<const match::MapPlace> places) {
  std::vector<std::string> columns{"voice", "x", "y", "cluster", "algorithm"};
  for (const auto name : match::kTimbreNames) columns.emplace_back(name);
  for (std::size_t i = 0; i < dx7::kVoiceBytes; ++i) columns.push_back("p" + std::to_string(i));
  CsvWriter csv(path, columns);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const match::MapPlace& place = places[i];
    std::vector<double> row{static_cast<double>(i), place.x, place.y,
                            static_cast<double>(place.cluster), place.voice.algorithm + 1.0};
    row.insert(row.end(), place.timbre.begin(), place.timbre.end());
    for (const std::uint8_t byte : dx7::to_bytes(place.voice)) row.push_back(byte);
    csv.row(row);
  }
  csv.finish();
}

void write_bank(const std::string& path, match::TimbreMap& map) {
  std::vector<dx7::Dump> bank(1);
  bank[0].bank = true;
  std::array<std::size_t, dx7::kBankVoices> chosen{};
  const std::size_t count = map.most_different(chosen);
  for (std::size_t i = 0; i < count; ++i) bank[0].voice[i] = map.places()[chosen[i]].voice;
  write_syx_file(path, bank);
}

}  // namespace

int run_explore(const std::vector<std::string>& words) {
  const Arguments arguments(words,
                            {.switches = {}, .options = {"-o", "--count", "--bank", "--seed"}});
  arguments.files({});
  const std::string path = arguments.required("-o");
  const int count = arguments.integer("--count", 32, 100000).value_or(2000);
  const int seed = arguments.integer("--seed", 0, 1 << 30).value_or(1);
  std::vector<match::MapPlace> places(static_cast<std::size_t>(count));
  Memory memory((std::size_t{1} << 20U) + places.size() * sizeof(double));
  const auto map = std::make_unique<match::TimbreMap>();
  map->prepare(places, static_cast<std::uint32_t>(seed), memory.arena());
  Progress progress("exploring");
  while (map->step()) progress.show(map->places().size(), places.size());
  map->arrange();
  write_map(path, map->places());
  if (arguments.has("--bank")) write_bank(arguments.required("--bank"), *map);
  return 0;
}

}  // namespace sideband::cli
