#include "core/analyzer/harmonic_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "core/util/goertzel.h"
#include "core/util/portable_math.h"
#include "core/util/simd.h"

namespace sideband {
namespace {

constexpr std::size_t kPartials = 16;
constexpr float kHighestHz = 2600;  // beyond, the analyzer's lowpass leaves little
constexpr float kRateHz = 16000;
constexpr float kTwoPi = 2 * std::numbers::pi_v<float>;
constexpr std::size_t kDriftSamples = 48;  // between the two windows frequencies are measured from
constexpr std::size_t kMaxWindowSamples = 704;
#if defined(SIDEBAND_M_PROFILE)
constexpr std::size_t kGranule = 8;
#else
constexpr std::size_t kGranule = 1;
#endif
constexpr float kStray = 0.06F;           // in units of 1 / T: a partial as far off is none of T's
constexpr float kLeastRemainder = 0.03F;  // of all: below, what remains is noise

struct Partials {
  std::array<float, kPartials> amplitude{};
  std::array<float, kPartials> drift{};  // frequency, in units of 1 / T, less k
  std::size_t heard = 0;

  float sum_of_multiples(std::size_t q) const noexcept {
    float sum = 0;
    for (std::size_t k = q; k <= heard; k += q) sum += amplitude[k - 1];
    return sum;
  }
};

// Each partial under a Hann window of an even number of periods, whose nulls lie on the
// neighbouring partials; its frequency from the phase it gains between two such windows.
Partials measure_partials(std::span<const float> signal, float period) noexcept {
  const float pairs = std::max(1.0F, std::ceil(kMinEvidenceSamples / (2 * period)));
  const std::size_t window_samples =
      std::min({static_cast<std::size_t>(std::lround(2 * period * pairs)),
                signal.size() - kDriftSamples, kMaxWindowSamples});
  // A few older samples of no weight, where the loops below want whole granules.
  const std::size_t lead =
      (kDriftSamples + window_samples + kGranule - 1) / kGranule * kGranule - window_samples;
  const std::span<const float> newest = signal.last(lead + window_samples);

  // Zeros on both sides: each window's weight is 0 where only the other one reaches.
  std::array<float, kMaxWindowSamples + 2 * kDriftSamples + kGranule> weights{};
  float turn_re = 1;
  float turn_im = 0;
  const double window_step = 1.0 / static_cast<double>(window_samples);  // turns
  const float window_re = cosine_of_turns(window_step);
  const float window_im = sine_of_turns(window_step);
  for (std::size_t n = 0; n < window_samples; ++n) {
    weights[lead + n] = 1 - turn_re;
    const float next = turn_re * window_re - turn_im * window_im;
    turn_im = turn_re * window_im + turn_im * window_re;
    turn_re = next;
  }

  Partials partials;
  partials.heard = std::min(kPartials, static_cast<std::size_t>(kHighestHz * period / kRateHz));
  std::array<float, kPartials> step_re, step_im, re, im;
  for (std::size_t k = 0; k < kPartials; ++k) {
    const double turns = static_cast<double>(k + 1) / static_cast<double>(period);
    step_re[k] = cosine_of_turns(turns);
    step_im[k] = -sine_of_turns(turns);
    re[k] = 1;
    im[k] = 0;
  }
  std::array<float, kPartials> now_re{}, now_im{}, before_re{}, before_im{};
#if defined(SIDEBAND_M_PROFILE)
  // Goertzel's recurrence takes half the work of turning; what it gives is turned by the same angle
  // for both windows, and only what is heard counts.
  std::array<float, kMaxWindowSamples> now_samples;
  std::array<float, kMaxWindowSamples + 2 * kDriftSamples + kGranule>& before_samples = weights;
  for (std::size_t n = 0; n < newest.size(); ++n) {
    now_samples[n] = newest[n] * weights[n];
    before_samples[n] = newest[n] * weights[n + kDriftSamples];
  }
  const auto count = static_cast<int>(newest.size());
  for (std::size_t k = 0; k < partials.heard; k += 2) {
    const float twice_cos[2] = {2 * step_re[k], 2 * step_re[k + 1]};
    GoertzelState now[2];
    GoertzelState before[2];
    goertzel_pair(now_samples.data(), count, twice_cos, now);
    goertzel_pair(before_samples.data(), count, twice_cos, before);
    for (std::size_t i = 0; i < 2; ++i) {
      now_re[k + i] = now[i].newest - step_re[k + i] * now[i].before;
      now_im[k + i] = -step_im[k + i] * now[i].before;
      before_re[k + i] = before[i].newest - step_re[k + i] * before[i].before;
      before_im[k + i] = -step_im[k + i] * before[i].before;
    }
  }
#else
  for (std::size_t n = 0; n < newest.size(); ++n) {
    const float now = newest[n] * weights[n];
    const float before = newest[n] * weights[n + kDriftSamples];
    for (std::size_t k = 0; k < kPartials; ++k) {
      now_re[k] += now * re[k];
      now_im[k] += now * im[k];
      before_re[k] += before * re[k];
      before_im[k] += before * im[k];
      const float turned = re[k] * step_re[k] - im[k] * step_im[k];
      im[k] = re[k] * step_im[k] + im[k] * step_re[k];
      re[k] = turned;
    }
  }
#endif

  const float cycles_to_drift = period / (kTwoPi * static_cast<float>(kDriftSamples));
  for (std::size_t k = 0; k < partials.heard; ++k) {
    partials.amplitude[k] = std::sqrt(now_re[k] * now_re[k] + now_im[k] * now_im[k]);
    const float cross_im = now_im[k] * before_re[k] - now_re[k] * before_im[k];
    const float cross_re = now_re[k] * before_re[k] + now_im[k] * before_im[k];
    partials.drift[k] = cycles_to_drift * angle_of(cross_im, cross_re);
  }
  return partials;
}

float second_note(const Partials& partials, float total) noexcept {
  float largest = 0;
  for (std::size_t q = 2; q <= partials.heard; ++q) {
    const float multiples_of_q = partials.sum_of_multiples(q);
    for (std::size_t r = q == 2 ? 5 : q + 1; r <= partials.heard; ++r) {
      if (r % q == 0) continue;
      float both = multiples_of_q;
      for (std::size_t k = r; k <= partials.heard; k += r) {
        if (k % q != 0) both += partials.amplitude[k - 1];
      }
      const float stronger = std::max(multiples_of_q, partials.sum_of_multiples(r));
      const float remainder = total - stronger + kLeastRemainder * total;
      largest = std::max(largest, (both - stronger) / remainder);
    }
  }
  return largest;
}

// Against the strongest partial, whose own drift is the note's glide or the period's error.
float inharmonicity(const Partials& partials) noexcept {
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
  float peak = 0;
  float glide = 0;
  for (std::size_t k = q; k <= partials.heard; k += q) {
    if (partials.amplitude[k - 1] <= peak) continue;
    peak = partials.amplitude[k - 1];
    glide = partials.drift[k - 1] / static_cast<float>(k);
  }
  float rest = 1e-12F;
  float strayed = 0;
  for (std::size_t k = 1; k <= partials.heard; ++k) {
    if (k % q == 0) continue;
    const float stray = std::abs(partials.drift[k - 1] - glide * static_cast<float>(k));
    rest += partials.amplitude[k - 1];
    strayed += partials.amplitude[k - 1] * std::min(1.0F, stray / kStray);
  }
  return strayed / rest;
}

}  // namespace

HarmonicEvidence harmonic_evidence(std::span<const float> signal, float period) noexcept {
  const Partials partials = measure_partials(signal, period);
  const float total = 1e-12F + partials.sum_of_multiples(1);
  return {second_note(partials, total), inharmonicity(partials)};
}

}  // namespace sideband
