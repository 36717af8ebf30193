// Random voices on a map: all of them sound, near each other lies what sounds alike.
#include "core/match/timbre_map.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <vector>

namespace sideband::match {
namespace {

constexpr std::size_t kCount = 120;

struct Explorer {
  explicit Explorer(std::uint32_t seed)
      : places(kCount),
        bytes(std::size_t{1} << 20U),
        arena(bytes),
        map(std::make_unique<TimbreMap>()) {
    ready = map->prepare(places, seed, arena);
    while (ready && map->step()) ++tried;
    map->arrange();
  }
  std::vector<MapPlace> places;
  std::vector<std::byte> bytes;
  Arena arena;
  std::unique_ptr<TimbreMap> map;
  bool ready = false;
  std::size_t tried = 0;
};

double timbre_distance(const MapPlace& a, const MapPlace& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kTimbreFeatures; ++i) {
    sum += (a.standard[i] - b.standard[i]) * (a.standard[i] - b.standard[i]);
  }
  return std::sqrt(sum);
}

TEST(TimbreMap, IsFullOfVoicesThatSoundAndIsTheSameForASeed) {
  const Explorer one(1);
  ASSERT_TRUE(one.ready);
  ASSERT_EQ(one.map->places().size(), kCount);
  EXPECT_GE(one.tried, kCount);
  std::array<float, TimbreMap::kSamples> sound{};
  for (const MapPlace& place : one.map->places()) {
    EXPECT_TRUE(std::isfinite(place.x) && std::isfinite(place.y));
    one.map->play(place.voice, sound);
    float peak = 0;
    for (const float x : sound) {
      ASSERT_TRUE(std::isfinite(x));
      peak = std::fmax(peak, std::fabs(x));
    }
    EXPECT_GT(peak, 0.001F);
  }
  const Explorer same(1);
  const Explorer other(2);
  EXPECT_EQ(same.places[7].x, one.places[7].x);
  EXPECT_TRUE(same.places[7].voice == one.places[7].voice);
  EXPECT_FALSE(other.places[7].voice == one.places[7].voice);
}

TEST(TimbreMap, NeighboursSoundMoreAlikeThanOthers) {
  const Explorer explorer(1);
  const auto places = explorer.map->places();
  double near = 0;
  double any = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    double least = std::numeric_limits<double>::max();
    std::size_t neighbour = i;
    for (std::size_t j = 0; j < kCount; ++j) {
      const double far = std::hypot(places[i].x - places[j].x, places[i].y - places[j].y);
      any += timbre_distance(places[i], places[j]) / (kCount * kCount);
      if (j == i || far >= least) continue;
      least = far;
      neighbour = j;
    }
    near += timbre_distance(places[i], places[neighbour]) / kCount;
  }
  EXPECT_LT(near, 0.75 * any);
}

TEST(TimbreMap, ClustersAreAllUsedAndTheMostDifferentDiffer) {
  const Explorer explorer(1);
  std::set<std::size_t> clusters;
  for (const MapPlace& place : explorer.map->places()) clusters.insert(place.cluster);
  EXPECT_EQ(clusters.size(), TimbreMap::kClusters);
  std::array<std::size_t, 32> chosen{};
  ASSERT_EQ(explorer.map->most_different(chosen), chosen.size());
  EXPECT_EQ(std::set<std::size_t>(chosen.begin(), chosen.end()).size(), chosen.size());
}

TEST(TimbreMap, SaysWhenItsMemoryIsTooSmall) {
  std::vector<MapPlace> places(4);
  std::array<std::byte, 256> bytes{};
  Arena arena(bytes);
  EXPECT_FALSE(std::make_unique<TimbreMap>()->prepare(places, 1, arena));
}

}  // namespace
}  // namespace sideband::match
