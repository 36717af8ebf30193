#include "core/analyzer/harmonic_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "core/analyzer/partial_meter.h"

namespace sideband {
namespace {

constexpr float kStray = 0.06F;           // in units of 1 / T: a partial as far off is none of T's
constexpr float kLeastRemainder = 0.03F;  // of all: below, what remains is noise

// divides[q][k]: k is a multiple of q. Divisions would take longer than all the rest.
constexpr auto kDivides = [] {
  std::array<std::array<bool, kPartials + 1>, kPartials + 1> divides{};
  for (std::size_t q = 1; q <= kPartials; ++q) {
    for (std::size_t k = 0; k <= kPartials; k += q) divides[q][k] = true;
  }
  return divides;
}();

// The partials that are multiples of q and r are those of this; 0 where it is beyond the last one.
constexpr auto kCommonMultiple = [] {
  std::array<std::array<std::uint8_t, kPartials + 1>, kPartials + 1> common{};
  for (std::size_t q = 1; q <= kPartials; ++q) {
    for (std::size_t r = 1; r <= kPartials; ++r) {
      const std::size_t multiple = std::lcm(q, r);
      common[q][r] = static_cast<std::uint8_t>(multiple <= kPartials ? multiple : 0);
    }
  }
  return common;
}();

// [q]: the amplitudes of all multiples of q; 0 of 0 and beyond the last partial.
using SumsOfMultiples = std::array<float, kPartials + 1>;

float second_note(const Partials& partials, const SumsOfMultiples& sum) noexcept {
  const float total = sum[1];
  float largest = 0;
  for (std::size_t q = 2; q <= partials.heard; ++q) {
    for (std::size_t r = q == 2 ? 5 : q + 1; r <= partials.heard; ++r) {
      if (kDivides[q][r]) continue;
      const float remainder = total - std::max(sum[q], sum[r]) + kLeastRemainder * total;
      const float other = std::min(sum[q], sum[r]) - sum[kCommonMultiple[q][r]];
      largest = std::max(largest, other / remainder);
    }
  }
  return largest;
}

float root(const Partials& partials, const SumsOfMultiples& sum) noexcept {
  const float strongest = *std::max_element(sum.begin() + 2, sum.end());
  return partials.amplitude[0] / (sum[1] - strongest + kLeastRemainder * sum[1]);
}

// Against the strongest partial, whose own drift is the note's glide or the period's error. As much
// as `noise` of the rest's amplitudes may stray.
float inharmonicity(PartialMeter& meter, Partials& partials, const SumsOfMultiples& sum,
                    float noise) noexcept {
  // What the strongest set of partials are multiples of.
  const auto strongest = std::max_element(sum.begin() + 2, sum.end());
  if (*strongest == 0) return 0;
  const auto q = static_cast<std::size_t>(strongest - sum.begin());
  std::size_t peak = 0;
  for (std::size_t k = q; k <= partials.heard; k += q) {
    if (partials.amplitude[k - 1] > (peak == 0 ? 0 : partials.amplitude[peak - 1])) peak = k;
  }
  std::array<std::size_t, kPartials> wanted;
  std::size_t count = 0;
  if (peak != 0) wanted[count++] = peak;
  for (std::size_t k = 1; k <= partials.heard; ++k) {
    if (!kDivides[q][k]) wanted[count++] = k;
  }
  meter.measure_drift(std::span(wanted).first(count), partials);
  const float glide = peak == 0 ? 0 : partials.drift[peak - 1] / static_cast<float>(peak);
  float rest = noise + 1e-12F;
  float strayed = 0;
  for (std::size_t k = 1; k <= partials.heard; ++k) {
    if (kDivides[q][k]) continue;
    const float stray = std::abs(partials.drift[k - 1] - glide * static_cast<float>(k));
    rest += partials.amplitude[k - 1];
    strayed += partials.amplitude[k - 1] * std::min(1.0F, stray / kStray);
  }
  return strayed / rest;
}

}  // namespace

HarmonicEvidence harmonic_evidence(std::span<const float> signal, float period,
                                   float noise) noexcept {
  PartialMeter meter(signal, period);
  Partials partials = meter.measure();
  SumsOfMultiples sum{};
  for (std::size_t q = 1; q <= partials.heard; ++q) sum[q] = partials.sum_of_multiples(q);
  sum[1] += 1e-12F;
  return {second_note(partials, sum), inharmonicity(meter, partials, sum, noise * sum[1]),
          root(partials, sum)};
}

}  // namespace sideband
