// Numbers side by side: vectors from and to memory, and one sample of each of several sounds.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "core/match/sine_pair.h"
#include "core/util/timebase.h"

namespace sideband::match {

template <typename V, typename Real>
V load(const Real* from) {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <typename V, typename Real>
void store(Real* to, const V& v) {
  std::memcpy(to, &v, sizeof v);
}

// Of the first `count` lanes.
template <typename Real, typename V>
Real sum_of(const V& v, std::size_t count = sizeof(V) / sizeof(Real)) {
  std::array<Real, sizeof(V) / sizeof(Real)> lane;
  std::memcpy(lane.data(), &v, sizeof v);
  Real sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += lane[i];
  return sum;
}

// One sample of each of several sounds that lie one after the other. Where there are fewer sounds
// than lanes, the last one fills those that are left.
template <typename Real, typename Wide>
struct Across {
  static constexpr std::size_t kCount = sizeof(Wide) / sizeof(Real);
  std::array<std::size_t, kCount> start{};

  Wide load(const Real* from, std::size_t n) const noexcept {
    std::array<Real, kCount> lane;
    for (std::size_t i = 0; i < kCount; ++i) lane[i] = from[start[i] + n];
    return match::load<Wide>(lane.data());
  }
  void store(Real* to, std::size_t n, const Wide& values) const noexcept {
    std::array<Real, kCount> lane;
    match::store(lane.data(), values);
    for (std::size_t i = 0; i < kCount; ++i) to[start[i] + n] = lane[i];
  }
};

// visit(lanes, samples of each sound, how many lanes are sounds of their own), for as many sounds
// at a time as there are lanes. All are of one length.
template <typename Real, typename Wide, typename Visit>
void for_each_group(std::size_t sounds, std::size_t samples, Visit visit) noexcept {
  constexpr std::size_t kCount = Across<Real, Wide>::kCount;
  const std::size_t length = samples / sounds;
  for (std::size_t first = 0; first < sounds; first += kCount) {
    Across<Real, Wide> lanes;
    for (std::size_t i = 0; i < kCount; ++i) {
      lanes.start[i] = std::min(first + i, sounds - 1) * length;
    }
    visit(lanes, length, std::min(kCount, sounds - first));
  }
}

// The sum of `count` values, and that of each times how far into its hop it lies: the first of them
// at (first + 1)/kHopSamples.
template <typename Real>
std::pair<Real, Real> ramp_sums(const Real* values, int first, int count) noexcept {
  using V = typename Lane<Real>::Vector;
  constexpr int kLanes = Lane<Real>::kCount;
  std::array<Real, kLanes> lane;
  for (int i = 0; i < kLanes; ++i) {
    lane[static_cast<std::size_t>(i)] = static_cast<Real>(first + 1 + i);
  }
  V place = load<V>(lane.data());
  V all{};
  V weighted{};
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const V value = load<V>(values + i);
    all += value;
    weighted += value * place;
    place += static_cast<Real>(kLanes);
  }
  std::pair<Real, Real> sums{sum_of<Real>(all), sum_of<Real>(weighted)};
  for (; i < count; ++i) {
    sums.first += values[i];
    sums.second += values[i] * static_cast<Real>(first + i + 1);
  }
  sums.second /= static_cast<Real>(kHopSamples);
  return sums;
}

}  // namespace sideband::match
