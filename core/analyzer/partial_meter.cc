#include "core/analyzer/partial_meter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "core/util/fast_math.h"
#include "core/util/portable_math.h"

namespace sideband {
namespace {

constexpr float kHighestHz = 2600;  // beyond, the analyzer's lowpass leaves little
constexpr float kRateHz = 16000;
constexpr float kTurn = 2 * std::numbers::pi_v<float>;

}  // namespace

PartialMeter::PartialMeter(std::span<const float> signal, float period) noexcept : period_(period) {
  const float pairs = std::max(1.0F, std::ceil(kMinEvidenceSamples / (2 * period)));
  window_samples_ = std::min({static_cast<std::size_t>(std::lround(2 * period * pairs)),
                              signal.size() - kDriftSamples, kMaxWindowSamples});
#if defined(SIDEBAND_M_PROFILE)
  // A few more where the loops want whole granules.
  lead_ = (kDriftSamples + window_samples_ + kGranule - 1) / kGranule * kGranule - window_samples_;
  newest_ = signal.last(lead_ + window_samples_);
#else
  newest_ = signal.last(kDriftSamples + window_samples_);
#endif
  for (std::size_t k = 0; k < kPartials; k += 4) {
    const auto first = static_cast<double>(k + 1);
    const Double4 turns = Double4{first, first + 1, first + 2, first + 3} / double{period};
    const Double4 re = cosine_of_turns<Double4, Uint64x4>(turns);
    const Double4 im = cosine_of_turns<Double4, Uint64x4>(turns - 0.25);
    for (std::size_t i = 0; i < 4; ++i) {
      step_re_[k + i] = static_cast<float>(re[i]);
      step_im_[k + i] = -static_cast<float>(im[i]);
    }
  }
}

std::size_t PartialMeter::heard() const noexcept {
  return std::min(kPartials, static_cast<std::size_t>(kHighestHz * period_ / kRateHz));
}

float PartialMeter::drift(std::size_t k) const noexcept {
  const float cross_im = now_im_[k] * before_re_[k] - now_re_[k] * before_im_[k];
  const float cross_re = now_re_[k] * before_re_[k] + now_im_[k] * before_im_[k];
  const float angle = angle_of(cross_im, cross_re);
#if defined(SIDEBAND_M_PROFILE)
  const float cycles_to_drift = period_ / (kTurn * static_cast<float>(kDriftSamples));
  return cycles_to_drift * angle;
#else
  // Each window counts from its own first sample, and the partial turns from one to the other.
  const float turns_to_drift = period_ / static_cast<float>(kDriftSamples);
  const float turns = angle / kTurn - static_cast<float>(k + 1) / turns_to_drift;
  return turns_to_drift * (turns - std::rint(turns));
#endif
}

#if !defined(SIDEBAND_M_PROFILE)

namespace {

constexpr std::size_t kSteps = 8;

// A Hann window, 1 − cos. Eight weights turn side by side, on every target alike, because each
// waits for the one before.
class Hann {
 public:
  explicit Hann(std::size_t samples) noexcept {
    const double step = 1.0 / static_cast<double>(samples);  // turns
    for (std::size_t first = 0; first < kSteps; first += 4) {
      const Double4 turns = (Double4{0, 1, 2, 3} + static_cast<double>(first)) * step;
      const Double4 re = cosine_of_turns<Double4, Uint64x4>(turns);
      const Double4 im = cosine_of_turns<Double4, Uint64x4>(turns - 0.25);
      for (std::size_t i = 0; i < 4; ++i) {
        re_[first + i] = static_cast<float>(re[i]);
        im_[first + i] = static_cast<float>(im[i]);
      }
    }
    step_re_ = cosine_of_turns(kSteps * step);
    step_im_ = sine_of_turns(kSteps * step);
  }

  Float8 next() noexcept {
    const Float8 weights = 1 - re_;
    const Float8 turned = re_ * step_re_ - im_ * step_im_;
    im_ = re_ * step_im_ + im_ * step_re_;
    re_ = turned;
    return weights;
  }

 private:
  Float8 re_{};
  Float8 im_{};
  float step_re_, step_im_;
};

}  // namespace

// A window's weighed samples x[n], two at a time; a zero makes an odd number even.
class PartialMeter::Window {
 public:
  static constexpr std::size_t kMaxPairs = kMaxWindowSamples / 2;

  explicit Window(std::span<const float> samples) noexcept : samples_(samples.size()) {
    weighed_[0] = 0;
    std::copy(samples.begin(), samples.end(), &weighed_[1]);
    std::fill_n(&weighed_[1 + samples_], kSteps, 0.0F);
  }

  void weigh(std::size_t first, Float8 weights) noexcept {
    Float8 values;
    std::memcpy(&values, &weighed_[1 + first], sizeof(values));
    values *= weights;
    std::memcpy(&weighed_[1 + first], &values, sizeof(values));
  }

  void pair() noexcept {
    for (std::size_t m = 0; m < pairs(); ++m) {
      even[m] = weighed_[2 * m + 1];
      around[m] = weighed_[2 * m] + weighed_[2 * m + 2];
    }
  }

  std::size_t pairs() const noexcept { return (samples_ + 1) / 2; }
  float last() const noexcept { return weighed_[2 * pairs()]; }

  std::array<float, kMaxPairs> even;    // x[2 m]
  std::array<float, kMaxPairs> around;  // x[2 m − 1] + x[2 m + 1]

 private:
  std::size_t samples_;
  std::array<float, 1 + kMaxWindowSamples + kSteps> weighed_;  // behind a zero
};

// A vector of resonators, each at its partial's frequency θ, struck by the samples: Goertzel's
// recurrence in Reinsch's form, which is exact at low frequencies too, over two samples at a time:
//   s[n] = 2 cos 2θ · s[n − 2] − s[n − 4] + x[n] + 2 cos θ · x[n − 1] + x[n − 2]
struct PartialMeter::Resonators {
  FloatV newest{};
  FloatV change{};  // from two samples before

  void strike(float around, float even, FloatV twice_cos, FloatV stiffness) noexcept {
    change = (change + (twice_cos * even + around)) - stiffness * newest;
    newest += change;
  }
};

// Each step waits for the one before. Two vectors of partials under both windows hide that from
// each other; more would not stay in registers.
Partials PartialMeter::measure() noexcept {
  Partials partials;
  partials.heard = heard();
  Window newer(newest_.last(window_samples_));
  Window older(newest_.first(window_samples_));
  Hann hann(window_samples_);
  for (std::size_t n = 0; n < window_samples_; n += kSteps) {
    const Float8 weights = hann.next();
    newer.weigh(n, weights);
    older.weigh(n, weights);
  }
  newer.pair();
  older.pair();
  for (std::size_t first = 0; first < partials.heard;) {
    if (first + kSimdFloats < partials.heard) {
      add_up<2>(newer, older, first);
      first += 2 * kSimdFloats;
    } else {
      add_up<1>(newer, older, first);
      first += kSimdFloats;
    }
  }
  for (std::size_t k = 0; k < partials.heard; ++k) {
    partials.amplitude[k] = std::sqrt(now_re_[k] * now_re_[k] + now_im_[k] * now_im_[k]);
    partials.drift[k] = drift(k);
  }
  return partials;
}

template <int Vectors>
void PartialMeter::add_up(const Window& newer, const Window& older, std::size_t first) noexcept {
  FloatV twice_cos[Vectors];
  FloatV stiffness[Vectors];  // 2 − 2 cos 2θ
  Resonators now[Vectors];
  Resonators before[Vectors];
  for (int v = 0; v < Vectors; ++v) {
    const std::size_t k = first + static_cast<std::size_t>(v * kSimdFloats);
    const FloatV sine = simd_load(&step_im_[k]);
    twice_cos[v] = 2.0F * simd_load(&step_re_[k]);
    stiffness[v] = 4.0F * (sine * sine);
  }
  for (std::size_t m = 0; m < newer.pairs(); ++m) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
      now[v].strike(newer.around[m], newer.even[m], twice_cos[v], stiffness[v]);
      before[v].strike(older.around[m], older.even[m], twice_cos[v], stiffness[v]);
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    const std::size_t k = first + static_cast<std::size_t>(v * kSimdFloats);
    finish(now[v], newer.last(), k, now_re_, now_im_);
    finish(before[v], older.last(), k, before_re_, before_im_);
  }
}

// What a window's samples add up to, turned by one step for each of them after the first.
void PartialMeter::finish(const Resonators& state, float last, std::size_t first, Values& re,
                          Values& im) noexcept {
  const FloatV cosine = simd_load(&step_re_[first]);  // above ½, for partials are below 2.6 kHz
  const FloatV minus_sine = simd_load(&step_im_[first]);
  const FloatV stiffness = 2.0F * (minus_sine * minus_sine) / (1.0F + cosine);  // 2 − 2 cos θ
  // From one sample before.
  const FloatV change = (state.change + last - stiffness * state.newest) / (2.0F * cosine);
  simd_store(&re[first], 0.5F * stiffness * state.newest + cosine * change);
  simd_store(&im[first], minus_sine * (change - state.newest));
}

void PartialMeter::measure_drift(std::span<const std::size_t>, Partials&) noexcept {}

#endif

}  // namespace sideband
