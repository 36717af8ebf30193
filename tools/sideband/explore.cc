// sideband explore: random voices placed on a map by their timbre.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "core/dx7/note.h"
#include "core/match/timbre.h"
#include "core/synth/fm/algorithms.h"
#include "core/util/rng.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/csv.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/progress.h"
#include "tools/sideband/syx_file.h"

namespace sideband::cli {
namespace {

using match::kTimbreFeatures;
using match::Timbre;

constexpr std::size_t kClusters = 8;

struct Place {
  dx7::Voice voice;
  Timbre timbre{};
  Timbre standard{};  // zero mean, unit variance over the map
  double x = 0;
  double y = 0;
  std::size_t cluster = 0;
};

// A voice one could meet: mostly whole ratios, carriers loud, envelopes that begin and end.
dx7::Voice random_voice(Rng& rng, int number) {
  const auto within = [&](int low, int high) {
    return static_cast<std::uint8_t>(low + static_cast<int>(rng.next() % (high - low + 1)));
  };
  constexpr std::array<std::uint8_t, 16> kCoarse{0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 9, 11, 14};
  dx7::Voice voice;
  voice.algorithm = within(0, 31);
  voice.feedback = within(0, 6);
  const std::string_view carriers = kDx7Algorithms[voice.algorithm].carriers;
  for (std::size_t i = 0; i < kOperators; ++i) {
    dx7::Operator& op = voice.op[i];
    const bool carries = carriers.find(static_cast<char>('1' + i)) != std::string_view::npos;
    op.output_level = carries ? within(82, 99) : within(45, 88);
    op.coarse = kCoarse[rng.next() % kCoarse.size()];
    op.fine = rng.next() % 5 == 0 ? within(0, 99) : std::uint8_t{0};
    op.detune = within(4, 10);
    op.envelope = {{within(45, 99), within(20, 75), within(10, 55), within(40, 75)},
                   {within(90, 99), within(60, 99), within(0, 95), 0}};
  }
  char name[16];
  std::snprintf(name, sizeof name, "MAP %06d", number % 1000000);
  std::copy_n(name, dx7::kNameLength, voice.name.begin());
  return voice;
}

double squared_distance(const Timbre& a, const Timbre& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kTimbreFeatures; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

void standardise(std::vector<Place>& places) {
  for (std::size_t i = 0; i < kTimbreFeatures; ++i) {
    double mean = 0;
    for (const Place& place : places) mean += place.timbre[i] / static_cast<double>(places.size());
    double variance = 1e-12;
    for (const Place& place : places) {
      variance +=
          (place.timbre[i] - mean) * (place.timbre[i] - mean) / static_cast<double>(places.size());
    }
    for (Place& place : places) {
      place.standard[i] = (place.timbre[i] - mean) / std::sqrt(variance);
    }
  }
}

// The two directions of largest variance, by power iteration.
void embed(std::vector<Place>& places) {
  Timbre first{};
  for (int axis = 0; axis < 2; ++axis) {
    Timbre direction{};
    for (std::size_t i = 0; i < kTimbreFeatures; ++i) direction[i] = i == 0 ? 1 : 0.3;
    for (int round = 0; round < 100; ++round) {
      Timbre next{};
      for (const Place& place : places) {
        double along = 0;
        for (std::size_t i = 0; i < kTimbreFeatures; ++i) along += place.standard[i] * direction[i];
        for (std::size_t i = 0; i < kTimbreFeatures; ++i) next[i] += along * place.standard[i];
      }
      double overlap = 0;
      for (std::size_t i = 0; i < kTimbreFeatures; ++i) overlap += next[i] * first[i];
      double norm = 1e-30;
      for (std::size_t i = 0; i < kTimbreFeatures; ++i) {
        next[i] -= overlap * first[i];
        norm += next[i] * next[i];
      }
      for (std::size_t i = 0; i < kTimbreFeatures; ++i) direction[i] = next[i] / std::sqrt(norm);
    }
    for (Place& place : places) {
      double along = 0;
      for (std::size_t i = 0; i < kTimbreFeatures; ++i) along += place.standard[i] * direction[i];
      (axis == 0 ? place.x : place.y) = along;
    }
    first = direction;
  }
}

// The voices farthest from all chosen before them.
std::vector<std::size_t> most_different(const std::vector<Place>& places, std::size_t count) {
  std::vector<std::size_t> chosen{0};
  std::vector<double> nearest(places.size(), 1e30);
  while (chosen.size() < std::min(count, places.size())) {
    std::size_t best = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      nearest[i] = std::min(nearest[i],
                            squared_distance(places[i].standard, places[chosen.back()].standard));
      if (nearest[i] > nearest[best]) best = i;
    }
    chosen.push_back(best);
  }
  return chosen;
}

// k-means from the most different places.
void cluster(std::vector<Place>& places) {
  std::vector<Timbre> center;
  for (const std::size_t i : most_different(places, kClusters)) {
    center.push_back(places[i].standard);
  }
  for (int round = 0; round < 30; ++round) {
    std::vector<Timbre> sum(center.size(), Timbre{});
    std::vector<double> count(center.size(), 0);
    for (Place& place : places) {
      for (std::size_t c = 0; c < center.size(); ++c) {
        if (squared_distance(place.standard, center[c]) <
            squared_distance(place.standard, center[place.cluster])) {
          place.cluster = c;
        }
      }
      count[place.cluster] += 1;
      for (std::size_t i = 0; i < kTimbreFeatures; ++i) {
        sum[place.cluster][i] += place.standard[i];
      }
    }
    for (std::size_t c = 0; c < center.size(); ++c) {
      for (std::size_t i = 0; i < kTimbreFeatures && count[c] > 0; ++i) {
        center[c][i] = sum[c][i] / count[c];
      }
    }
  }
}

}  // namespace

int run_explore(const std::vector<std::string>& words) {
  const Arguments arguments(words,
                            {.switches = {}, .options = {"-o", "--count", "--bank", "--seed"}});
  arguments.files({});
  const std::string path = arguments.required("-o");
  const int count = arguments.integer("--count", 32, 100000).value_or(2000);
  Rng rng(static_cast<std::uint32_t>(arguments.integer("--seed", 0, 1 << 30).value_or(1)));
  Memory memory(std::size_t{1} << 20U);
  match::TimbreMeter meter;
  meter.prepare(memory.arena());
  const auto note = std::make_unique<dx7::Note>();
  note->prepare(16000);
  std::vector<Place> places;
  std::vector<float> sound(16000);
  Progress progress("exploring");
  for (int tried = 0; places.size() < static_cast<std::size_t>(count) && tried < 10 * count;
       ++tried) {
    Place place;
    place.voice = random_voice(rng, static_cast<int>(places.size()));
    note->start(place.voice, 57, 100);
    note->render(std::span(sound).first(12000));
    note->key_up();
    note->render(std::span(sound).subspan(12000));
    if (meter.measure(sound, place.timbre)) places.push_back(place);
    progress.show(places.size(), static_cast<std::size_t>(count));
  }
  standardise(places);
  embed(places);
  cluster(places);

  std::vector<std::string> columns{"voice", "x", "y", "cluster", "algorithm"};
  for (const auto name : match::kTimbreNames) columns.emplace_back(name);
  for (std::size_t i = 0; i < dx7::kVoiceBytes; ++i) columns.push_back("p" + std::to_string(i));
  CsvWriter csv(path, columns);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    std::vector<double> row{static_cast<double>(i), place.x, place.y,
                            static_cast<double>(place.cluster), place.voice.algorithm + 1.0};
    row.insert(row.end(), place.timbre.begin(), place.timbre.end());
    for (const std::uint8_t byte : dx7::to_bytes(place.voice)) row.push_back(byte);
    csv.row(row);
  }
  csv.finish();
  if (arguments.has("--bank")) {
    std::vector<dx7::Dump> bank(1);
    bank[0].bank = true;
    const std::vector<std::size_t> chosen = most_different(places, dx7::kBankVoices);
    for (std::size_t i = 0; i < chosen.size(); ++i) bank[0].voice[i] = places[chosen[i]].voice;
    write_syx_file(arguments.required("--bank"), bank);
  }
  return 0;
}

}  // namespace sideband::cli
