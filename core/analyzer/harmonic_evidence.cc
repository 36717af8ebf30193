#include "core/analyzer/harmonic_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

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

float second_note(const Partials& partials, float total) noexcept {
  std::array<float, kPartials + 1> multiples_of{};
  for (std::size_t q = 2; q <= partials.heard; ++q) multiples_of[q] = partials.sum_of_multiples(q);
  float largest = 0;
  for (std::size_t q = 2; q <= partials.heard; ++q) {
    const float multiples_of_q = multiples_of[q];
    for (std::size_t r = q == 2 ? 5 : q + 1; r <= partials.heard; ++r) {
      if (kDivides[q][r]) continue;
      float both = multiples_of_q;
      for (std::size_t k = r; k <= partials.heard; k += r) {
        if (!kDivides[q][k]) both += partials.amplitude[k - 1];
      }
      const float stronger = std::max(multiples_of_q, multiples_of[r]);
      const float remainder = total - stronger + kLeastRemainder * total;
      largest = std::max(largest, (both - stronger) / remainder);
    }
  }
  return largest;
}

float root(const Partials& partials, float total) noexcept {
  float strongest = 0;
  for (std::size_t q = 2; q <= partials.heard; ++q) {
    strongest = std::max(strongest, partials.sum_of_multiples(q));
  }
  return partials.amplitude[0] / (total - strongest + kLeastRemainder * total);
}

// Against the strongest partial, whose own drift is the note's glide or the period's error. As much
// as `noise` of the rest's amplitudes may stray.
float inharmonicity(PartialMeter& meter, Partials& partials, float noise) noexcept {
  std::size_t q = 0;  // what the strongest set of partials are multiples of
  float strongest = 0;
  for (std::size_t divisor = 2; divisor <= partials.heard; ++divisor) {
    const float sum = partials.sum_of_multiples(divisor);
    if (sum > strongest) {
      strongest = sum;
      q = divisor;
    }
  }
  if (q == 0) return 0;
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
  const float total = 1e-12F + partials.sum_of_multiples(1);
  return {second_note(partials, total), inharmonicity(meter, partials, noise * total),
          root(partials, total)};
}

}  // namespace sideband
