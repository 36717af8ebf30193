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

// 1 − cos, one turn over so many samples.
class HannWindow {
 public:
  explicit HannWindow(std::size_t samples) noexcept
      : step_re_(cosine_of_turns(1.0 / static_cast<double>(samples))),
        step_im_(sine_of_turns(1.0 / static_cast<double>(samples))) {}

  float next() noexcept {
    const float weight = 1 - re_;
    const float turned = re_ * step_re_ - im_ * step_im_;
    im_ = re_ * step_im_ + im_ * step_re_;
    re_ = turned;
    return weight;
  }

 private:
  float step_re_, step_im_;
  float re_ = 1;
  float im_ = 0;
};

// Each partial under a Hann window of an even number of periods, whose nulls lie on the
// neighbouring partials; its frequency from the phase it gains between two such windows.
class PartialMeter {
 public:
  PartialMeter(std::span<const float> signal, float period) noexcept;

  // Fills in every partial's amplitude and, where the processor has vectors, its drift.
  Partials measure() noexcept;

  // Fills in the drift of partial k − 1 for each k of `wanted` that it still lacks.
  void measure_drift(std::span<const std::size_t> wanted, Partials& partials) noexcept;

 private:
  float drift(std::size_t k) const noexcept;

  float period_;
  std::size_t window_samples_;
  std::size_t lead_;  // older samples of no weight in the newer window
  std::span<const float> newest_;
  // Zeros on both sides: each window's weight is 0 where only the other one reaches.
  std::array<float, kMaxWindowSamples + 2 * kDriftSamples + kGranule> weights_;
  std::array<float, kPartials> step_re_, step_im_;
  std::array<float, kPartials> now_re_{}, now_im_{}, before_re_{}, before_im_{};
};

PartialMeter::PartialMeter(std::span<const float> signal, float period) noexcept : period_(period) {
  const float pairs = std::max(1.0F, std::ceil(kMinEvidenceSamples / (2 * period)));
  window_samples_ =
      std::min({static_cast<std::size_t>(std::lround(2 * period * pairs)),
                signal.size() - kDriftSamples, kMaxWindowSamples});
  // A few more where the loops below want whole granules.
  lead_ = (kDriftSamples + window_samples_ + kGranule - 1) / kGranule * kGranule - window_samples_;
  newest_ = signal.last(lead_ + window_samples_);
  for (std::size_t k = 0; k < kPartials; ++k) {
    const double turns = static_cast<double>(k + 1) / static_cast<double>(period);
    step_re_[k] = cosine_of_turns(turns);
    step_im_[k] = -sine_of_turns(turns);
  }
}

float PartialMeter::drift(std::size_t k) const noexcept {
  const float cross_im = now_im_[k] * before_re_[k] - now_re_[k] * before_im_[k];
  const float cross_re = now_re_[k] * before_re_[k] + now_im_[k] * before_im_[k];
  const float cycles_to_drift = period_ / (kTwoPi * static_cast<float>(kDriftSamples));
  return cycles_to_drift * angle_of(cross_im, cross_re);
}

#if defined(SIDEBAND_M_PROFILE)

// Goertzel's recurrence takes half the work of turning; what it gives is turned by the same angle
// for both windows. The older window, only for those whose drift matters, takes the place of the
// weights.
Partials PartialMeter::measure() noexcept {
  Partials partials;
  partials.heard = std::min(kPartials, static_cast<std::size_t>(kHighestHz * period_ / kRateHz));
  std::fill_n(weights_.begin(), lead_, 0.0F);
  HannWindow window(window_samples_);
  for (std::size_t n = 0; n < window_samples_; ++n) weights_[lead_ + n] = window.next();
  std::fill_n(&weights_[lead_ + window_samples_], kDriftSamples, 0.0F);
  std::array<float, kMaxWindowSamples + kGranule> samples;
  const std::size_t silent = lead_ / kGranule * kGranule;
  const std::span<const float> sounding = newest_.subspan(silent);
#pragma GCC unroll 8
  for (std::size_t n = 0; n < sounding.size(); ++n) {
    samples[n] = sounding[n] * weights_[silent + n];
  }
#pragma GCC unroll 8
  for (std::size_t n = 0; n < newest_.size(); ++n) {
    weights_[n] = newest_[n] * weights_[n + kDriftSamples];
  }
  for (std::size_t k = 0; k < partials.heard; k += 2) {
    const float twice_cos[2] = {2 * step_re_[k], 2 * step_re_[k + 1]};
    GoertzelState states[2];
    goertzel_pair(samples.data(), static_cast<int>(sounding.size()), twice_cos, states);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t p = k + i;
      now_re_[p] = states[i].newest - step_re_[p] * states[i].before;
      now_im_[p] = -step_im_[p] * states[i].before;
    }
  }
  for (std::size_t k = 0; k < partials.heard; ++k) {
    partials.amplitude[k] = std::sqrt(now_re_[k] * now_re_[k] + now_im_[k] * now_im_[k]);
  }
  return partials;
}

void PartialMeter::measure_drift(std::span<const std::size_t> wanted, Partials& partials) noexcept {
  for (std::size_t w = 0; w < wanted.size(); w += 2) {
    const std::size_t pair[2] = {wanted[w] - 1, wanted[std::min(w + 1, wanted.size() - 1)] - 1};
    const float twice_cos[2] = {2 * step_re_[pair[0]], 2 * step_re_[pair[1]]};
    GoertzelState states[2];
    goertzel_pair(weights_.data(), static_cast<int>(newest_.size()), twice_cos, states);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t p = pair[i];
      before_re_[p] = states[i].newest - step_re_[p] * states[i].before;
      before_im_[p] = -step_im_[p] * states[i].before;
      partials.drift[p] = drift(p);
    }
  }
}

#else

namespace {

// A vector of partials: how far each has turned, and its sums under both windows.
struct PartialVector {
  FloatV step_re{}, step_im{};
  FloatV re = simd_splat(1), im{};
  FloatV now_re{}, now_im{}, before_re{}, before_im{};

  void add(float now, float before) noexcept {
    const FloatV next_re = re * step_re - im * step_im;  // first, for the next turn waits for them
    const FloatV next_im = re * step_im + im * step_re;
    now_re += now * re;
    now_im += now * im;
    before_re += before * re;
    before_im += before * im;
    re = next_re;
    im = next_im;
  }
};

}  // namespace

// Two vectors of partials take hardly longer than one, whose every turn waits for the one before;
// and the window, which turns just so, takes no time beside them. Partials that are not heard are
// left out.
Partials PartialMeter::measure() noexcept {
  Partials partials;
  partials.heard = std::min(kPartials, static_cast<std::size_t>(kHighestHz * period_ / kRateHz));
  std::fill_n(weights_.begin(), lead_, 0.0F);
  HannWindow window(window_samples_);
  std::array<float, kMaxWindowSamples + kDriftSamples> now, before;
  const auto add_up = [&]<int Vectors>(std::integral_constant<int, Vectors>, std::size_t first) {
    std::array<PartialVector, Vectors> vectors;
    for (std::size_t v = 0; v < Vectors; ++v) {
      vectors[v].step_re = simd_load(&step_re_[first + v * kSimdFloats]);
      vectors[v].step_im = simd_load(&step_im_[first + v * kSimdFloats]);
    }
    for (std::size_t n = 0; n < newest_.size(); ++n) {
      if (first == 0) {
        weights_[n + kDriftSamples] = n < window_samples_ ? window.next() : 0.0F;
        now[n] = newest_[n] * weights_[n];
        before[n] = newest_[n] * weights_[n + kDriftSamples];
      }
#pragma GCC unroll 2
      for (PartialVector& vector : vectors) vector.add(now[n], before[n]);
    }
    for (std::size_t v = 0; v < Vectors; ++v) {
      simd_store(&now_re_[first + v * kSimdFloats], vectors[v].now_re);
      simd_store(&now_im_[first + v * kSimdFloats], vectors[v].now_im);
      simd_store(&before_re_[first + v * kSimdFloats], vectors[v].before_re);
      simd_store(&before_im_[first + v * kSimdFloats], vectors[v].before_im);
    }
  };
  for (std::size_t first = 0; first < partials.heard;) {
    if (first + kSimdFloats < partials.heard) {
      add_up(std::integral_constant<int, 2>{}, first);
      first += 2 * kSimdFloats;
    } else {
      add_up(std::integral_constant<int, 1>{}, first);
      first += kSimdFloats;
    }
  }
  for (std::size_t k = 0; k < partials.heard; ++k) {
    partials.amplitude[k] = std::sqrt(now_re_[k] * now_re_[k] + now_im_[k] * now_im_[k]);
    partials.drift[k] = drift(k);
  }
  return partials;
}

void PartialMeter::measure_drift(std::span<const std::size_t>, Partials&) noexcept {}

#endif

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

// Against the strongest partial, whose own drift is the note's glide or the period's error.
float inharmonicity(PartialMeter& meter, Partials& partials) noexcept {
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
  float rest = 1e-12F;
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

HarmonicEvidence harmonic_evidence(std::span<const float> signal, float period) noexcept {
  PartialMeter meter(signal, period);
  Partials partials = meter.measure();
  const float total = 1e-12F + partials.sum_of_multiples(1);
  return {second_note(partials, total), inharmonicity(meter, partials), root(partials, total)};
}

}  // namespace sideband
