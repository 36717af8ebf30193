// The map of random voices, and a voice shaped by a listener's taste, for a worker. Sounds are a
// second at 16 kHz; a voice that is taken is then in mt_dump(), mt_model() and mt_keys().

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/dx7/note.h"
#include "core/dx7/syx.h"
#include "core/match/taste.h"
#include "core/match/timbre_map.h"
#include "core/util/arena.h"
#include "wasm/match/voice_files.h"

namespace {

using namespace sideband;
using match::TimbreMap;

constexpr std::size_t kMemoryBytes = std::size_t{1} << 20U;
constexpr std::size_t kMostPlaces = 10000;
constexpr std::size_t kPlaceFloats = 4;
constexpr double kMapHz = 220;  // of TimbreMap::kMidiNote
constexpr double kMapHeldSeconds = 0.75;

struct Map {
  std::vector<match::MapPlace> places;
  std::vector<std::byte> memory;
  TimbreMap map;
};

struct Listener {
  std::vector<std::byte> memory = std::vector<std::byte>(kMemoryBytes);
  match::Taste taste;
  int midi_note = 60;
  double played_hz = 0;
  double hold_s = 0;
};

std::unique_ptr<Map> map;
std::unique_ptr<Listener> listener;
std::vector<float> places;
std::array<float, TimbreMap::kSamples> heard;
std::array<std::uint8_t, dx7::kSingleDumpBytes> given;

const match::MapPlace& place_at(int index) {
  const auto last = static_cast<int>(map->map.places().size()) - 1;
  return map->map.places()[static_cast<std::size_t>(std::clamp(index, 0, last))];
}

}  // namespace

// A new map of so many voices, at most 10 000.
MT_EXPORT(mt_map_begin) void mt_map_begin(int count, int seed) {
  map = std::make_unique<Map>();
  map->places.resize(static_cast<std::size_t>(std::clamp<long>(count, 2, kMostPlaces)));
  map->memory.resize(kMemoryBytes + map->places.size() * sizeof(double));
  Arena arena(map->memory);
  map->map.prepare(map->places, static_cast<std::uint32_t>(seed), arena);
}

// Tries one more voice; 0 once the map is full.
MT_EXPORT(mt_map_step) int mt_map_step() {
  return map->map.step() ? 1 : 0;
}

MT_EXPORT(mt_map_found) int mt_map_found() {
  return static_cast<int>(map->map.places().size());
}

// Arranges the map: of each voice x, y (standard deviations), cluster (0…7) and algorithm (1…32).
MT_EXPORT(mt_map_places) const float* mt_map_places() {
  map->map.arrange();
  places.clear();
  places.reserve(kPlaceFloats * map->map.places().size());
  for (const match::MapPlace& place : map->map.places()) {
    places.push_back(static_cast<float>(place.x));
    places.push_back(static_cast<float>(place.y));
    places.push_back(static_cast<float>(place.cluster));
    places.push_back(static_cast<float>(place.voice.algorithm + 1));
  }
  return places.data();
}

MT_EXPORT(mt_map_sound) const float* mt_map_sound(int index) {
  map->map.play(place_at(index).voice, heard);
  return heard.data();
}

// Takes that voice, held as long as on the map.
MT_EXPORT(mt_map_take) void mt_map_take(int index) {
  write_voice_files(place_at(index).voice, TimbreMap::kMidiNote, kMapHz, kMapHeldSeconds);
}
MT_EXPORT(mt_map_key) int mt_map_key() {
  return TimbreMap::kMidiNote;
}
MT_EXPORT(mt_map_hz) double mt_map_hz() {
  return kMapHz;
}
MT_EXPORT(mt_map_held_s) double mt_map_held_s() {
  return kMapHeldSeconds;
}

// Room for the .syx dump of the voice that is to be shaped.
MT_EXPORT(mt_taste_dump) std::uint8_t* mt_taste_dump() {
  return given.data();
}

// Begins with that voice, as its key plays it; 0 where it is damaged or silent.
MT_EXPORT(mt_taste_begin)
int mt_taste_begin(int midi_note, double played_hz, double hold_s, int seed) {
  static dx7::Dump dump;
  std::size_t used = 0;
  if (!dx7::parse_syx(given, dump, used).ok()) return 0;
  listener = std::make_unique<Listener>();
  listener->midi_note = midi_note;
  listener->played_hz = played_hz;
  listener->hold_s = hold_s;
  Arena arena(listener->memory);
  const auto random = static_cast<std::uint32_t>(seed);
  return listener->taste.prepare(dump.voice[0], midi_note, random, arena) ? 1 : 0;
}

// Steps of a quarter octave of the spectrum's centroid, negative: warmer. 0 where it goes no
// further.
MT_EXPORT(mt_taste_brighter) int mt_taste_brighter(int steps) {
  return listener->taste.brighter(steps) ? 1 : 0;
}

// Offers a variation, the same until the next answer.
MT_EXPORT(mt_taste_offer) void mt_taste_offer() {
  listener->taste.variation();
}

MT_EXPORT(mt_taste_prefer) void mt_taste_prefer(int variation) {
  listener->taste.prefer(variation != 0);
}

MT_EXPORT(mt_taste_undo) int mt_taste_undo() {
  return listener->taste.undo() ? 1 : 0;
}

// The voice as it is, or the variation on offer.
MT_EXPORT(mt_taste_sound) const float* mt_taste_sound(int variation) {
  static dx7::Note note;
  note.prepare(kAnalysisRateHz);
  match::Taste& taste = listener->taste;
  note.start(variation != 0 ? taste.variation() : taste.voice(), listener->midi_note, 100);
  const std::span<float> sound = heard;
  note.render(sound.first(TimbreMap::kHeldSamples));
  note.key_up();
  note.render(sound.subspan(TimbreMap::kHeldSamples));
  return heard.data();
}

// Takes the voice as it is.
MT_EXPORT(mt_taste_take) int mt_taste_take() {
  write_voice_files(listener->taste.voice(), listener->midi_note, listener->played_hz,
                    listener->hold_s);
  return listener->taste.voice().algorithm + 1;
}
