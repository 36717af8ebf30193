#include "core/match/timbre_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "core/synth/fm/algorithms.h"

namespace sideband::match {
namespace {

constexpr std::size_t kMostTries = 10;  // for each place
constexpr int kVelocity = 100;

double squared_distance(const Timbre& a, const Timbre& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kTimbreFeatures; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

double along(const MapPlace& place, const Timbre& direction) {
  double sum = 0;
  for (std::size_t i = 0; i < kTimbreFeatures; ++i) sum += place.standard[i] * direction[i];
  return sum;
}

void write_name(std::size_t number, dx7::Voice& voice) {
  constexpr std::string_view kName = "MAP 000000";
  std::copy(kName.begin(), kName.end(), voice.name.begin());
  for (std::size_t place = kName.size(); number > 0 && place > 4; number /= 10) {
    voice.name[--place] = static_cast<char>('0' + number % 10);
  }
}

}  // namespace

bool TimbreMap::prepare(std::span<MapPlace> places, std::uint32_t seed, Arena& arena) {
  places_ = places;
  filled_ = 0;
  tried_ = 0;
  random_.reseed(seed);
  note_.prepare(kAnalysisRateHz);
  sound_ = arena.take<float>(kSamples);
  nearest_ = arena.take<double>(places.size());
  return meter_.prepare(arena) && !arena.exhausted();
}

// A voice one could meet: mostly whole ratios, carriers loud, envelopes that begin and end.
dx7::Voice TimbreMap::random_voice() noexcept {
  const auto within = [&](int low, int high) {
    const auto choices = static_cast<std::uint32_t>(high - low + 1);
    return static_cast<std::uint8_t>(low + static_cast<int>(random_.next() % choices));
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
    op.coarse = kCoarse[random_.next() % kCoarse.size()];
    op.fine = random_.next() % 5 == 0 ? within(0, 99) : std::uint8_t{0};
    op.detune = within(4, 10);
    op.envelope = {{within(45, 99), within(20, 75), within(10, 55), within(40, 75)},
                   {within(90, 99), within(60, 99), within(0, 95), 0}};
  }
  write_name(filled_, voice);
  return voice;
}

void TimbreMap::play(const dx7::Voice& voice, std::span<float> sound) noexcept {
  note_.start(voice, kMidiNote, kVelocity);
  note_.render(sound.first(kHeldSamples));
  note_.key_up();
  note_.render(sound.subspan(kHeldSamples));
}

bool TimbreMap::step() noexcept {
  if (filled_ == places_.size() || tried_ == kMostTries * places_.size()) return false;
  ++tried_;
  MapPlace& place = places_[filled_];
  place = {};
  place.voice = random_voice();
  play(place.voice, sound_);
  if (meter_.measure(sound_, place.timbre)) ++filled_;
  return true;
}

void TimbreMap::arrange() noexcept {
  standardise();
  embed();
  cluster();
}

void TimbreMap::standardise() noexcept {
  const std::span<MapPlace> kept = places_.first(filled_);
  const auto count = static_cast<double>(filled_);
  for (std::size_t i = 0; i < kTimbreFeatures; ++i) {
    double mean = 0;
    for (const MapPlace& place : kept) mean += place.timbre[i] / count;
    double variance = 1e-12;
    for (const MapPlace& place : kept) {
      variance += (place.timbre[i] - mean) * (place.timbre[i] - mean) / count;
    }
    for (MapPlace& place : kept) place.standard[i] = (place.timbre[i] - mean) / std::sqrt(variance);
  }
}

// The two directions of largest variance, by power iteration.
void TimbreMap::embed() noexcept {
  constexpr int kRounds = 100;
  const std::span<MapPlace> kept = places_.first(filled_);
  Timbre first{};
  for (int axis = 0; axis < 2; ++axis) {
    Timbre direction{};
    for (std::size_t i = 0; i < kTimbreFeatures; ++i) direction[i] = i == 0 ? 1 : 0.3;
    for (int round = 0; round < kRounds; ++round) {
      Timbre next{};
      for (const MapPlace& place : kept) {
        const double far = along(place, direction);
        for (std::size_t i = 0; i < kTimbreFeatures; ++i) next[i] += far * place.standard[i];
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
    for (MapPlace& place : kept) (axis == 0 ? place.x : place.y) = along(place, direction);
    first = direction;
  }
}

std::size_t TimbreMap::most_different(std::span<std::size_t> chosen) noexcept {
  if (filled_ == 0 || chosen.empty()) return 0;
  const std::span<double> nearest = nearest_.first(filled_);
  std::fill(nearest.begin(), nearest.end(), 1e30);
  chosen[0] = 0;
  std::size_t count = 1;
  for (; count < std::min(chosen.size(), filled_); ++count) {
    const Timbre& last = places_[chosen[count - 1]].standard;
    std::size_t best = 0;
    for (std::size_t i = 0; i < filled_; ++i) {
      nearest[i] = std::min(nearest[i], squared_distance(places_[i].standard, last));
      if (nearest[i] > nearest[best]) best = i;
    }
    chosen[count] = best;
  }
  return count;
}

// k-means from the most different places.
void TimbreMap::cluster() noexcept {
  constexpr int kRounds = 30;
  std::array<std::size_t, kClusters> seeds{};
  const std::size_t clusters = most_different(seeds);
  std::array<Timbre, kClusters> center{};
  for (std::size_t c = 0; c < clusters; ++c) center[c] = places_[seeds[c]].standard;
  for (int round = 0; round < kRounds; ++round) {
    std::array<Timbre, kClusters> sum{};
    std::array<double, kClusters> count{};
    for (MapPlace& place : places_.first(filled_)) {
      for (std::size_t c = 0; c < clusters; ++c) {
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
    for (std::size_t c = 0; c < clusters; ++c) {
      for (std::size_t i = 0; i < kTimbreFeatures && count[c] > 0; ++i) {
        center[c][i] = sum[c][i] / count[c];
      }
    }
  }
}

}  // namespace sideband::match
