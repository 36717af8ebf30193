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

// Four samples at a time are half the steps, for partials so low, in radians a sample: the result
// is divided by sin 4θ, which is 0 at 0.785 (2 kHz).
constexpr float kLowForFour = 0.7F;

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

// A window's weighed samples x[n], zeros before and behind.
class PartialMeter::Window {
 public:
  explicit Window(std::span<const float> samples) noexcept : samples_(samples) {
    std::fill_n(weighed_.begin(), kZeros, 0.0F);
    std::fill_n(weighed_.begin() + kZeros + samples.size(), kZeros, 0.0F);
  }

  // Samples n … n + kSteps − 1.
  void weigh(std::size_t n, Float8 weights) noexcept {
    Float8 values;
    std::memcpy(&values, &samples_[n], sizeof(values));
    values *= weights;
    std::memcpy(&weighed_[kZeros + n], &values, sizeof(values));
  }
  // The last ones, fewer than that.
  void weigh_rest(std::size_t n, Float8 weights) noexcept {
    for (std::size_t i = 0; n + i < samples_.size(); ++i) {
      weighed_[kZeros + n + i] = samples_[n + i] * weights[i];
    }
  }

  // x[n], with up to three more to either side.
  const float* at(std::size_t n) const noexcept { return &weighed_[kZeros + n]; }

 private:
  static constexpr std::size_t kZeros = 4;
  std::span<const float> samples_;
  std::array<float, kZeros + kMaxWindowSamples + kZeros> weighed_;
};

// A vector of resonators, each at its partial's frequency θ, struck by the samples: Goertzel's
// recurrence in Reinsch's form, which is exact at low frequencies too, over S samples at a time:
//   s[n] = 2 cos Sθ · s[n − S] − s[n − 2 S] + f[n],
//   f[n] = Σ sin (S − |j|) θ / sin θ · x[n − S + 1 + j] for j = 1 − S … S − 1
struct PartialMeter::Resonators {
  FloatV newest{};
  FloatV change{};  // from S samples before

  // `stiffness`: 2 − 2 cos Sθ.
  void strike(FloatV force, FloatV stiffness) noexcept {
    change = (change + force) - stiffness * newest;
    newest += change;
  }
};

// What a vector of partials makes of S samples: `force` is f[n] for the x[n − S + 1] it is given,
// `rest` what f[n + S] has of the samples up to the last one, which it is given. `largest`,
// `second` and `third` are f's factors at |j| = 0, 1 and 2; the result is divided by the first.
template <>
struct PartialMeter::Stride<2> {
  FloatV largest, stiffness;

  Stride(FloatV cosine, FloatV sine) noexcept
      : largest(2.0F * cosine), stiffness(4.0F * (sine * sine)) {}

  FloatV force(const float* x) const noexcept {
    return largest * simd_splat(x[0]) + simd_splat(x[-1] + x[1]);
  }
  FloatV rest(const float* last) const noexcept { return simd_splat(last[0]); }
};

template <>
struct PartialMeter::Stride<4> {
  FloatV largest, second, third, stiffness;

  Stride(FloatV cosine, FloatV sine) noexcept {
    const FloatV double_cosine = 1.0F - 2.0F * (sine * sine);
    const FloatV double_sine = 2.0F * (sine * cosine);
    third = 2.0F * cosine;
    second = 1.0F + 2.0F * double_cosine;
    largest = 2.0F * (third * double_cosine);
    stiffness = 4.0F * (double_sine * double_sine);
  }

  FloatV force(const float* x) const noexcept {
    return (largest * simd_splat(x[0]) + second * simd_splat(x[-1] + x[1])) +
           (third * simd_splat(x[-2] + x[2]) + simd_splat(x[-3] + x[3]));
  }
  FloatV rest(const float* last) const noexcept {
    return second * simd_splat(last[0]) + (third * simd_splat(last[-1]) + simd_splat(last[-2]));
  }
};

Partials PartialMeter::measure() noexcept {
  Partials partials;
  partials.heard = heard();
  Window newer(newest_.last(window_samples_));
  Window older(newest_.first(window_samples_));
  Hann hann(window_samples_);
  std::size_t n = 0;
  for (; n + kSteps <= window_samples_; n += kSteps) {
    const Float8 weights = hann.next();
    newer.weigh(n, weights);
    older.weigh(n, weights);
  }
  const Float8 weights = hann.next();
  newer.weigh_rest(n, weights);
  older.weigh_rest(n, weights);
  const float highest = static_cast<float>(partials.heard) * kTurn / period_;
  if (highest < kLowForFour) {
    add_all_up<4>(newer, older, partials.heard);
  } else {
    add_all_up<2>(newer, older, partials.heard);
  }
  for (std::size_t k = 0; k < partials.heard; ++k) {
    partials.amplitude[k] = std::sqrt(now_re_[k] * now_re_[k] + now_im_[k] * now_im_[k]);
    partials.drift[k] = drift(k);
  }
  return partials;
}

// Each step waits for the one before. Two vectors of partials under both windows hide that from
// each other; more would not stay in registers.
template <int Samples>
void PartialMeter::add_all_up(const Window& newer, const Window& older,
                              std::size_t heard) noexcept {
  for (std::size_t first = 0; first < heard;) {
    if (first + kSimdFloats < heard) {
      add_up<2, Samples>(newer, older, first);
      first += 2 * kSimdFloats;
    } else {
      add_up<1, Samples>(newer, older, first);
      first += kSimdFloats;
    }
  }
}

template <int Vectors, int Samples>
void PartialMeter::add_up(const Window& newer, const Window& older, std::size_t first) noexcept {
  const auto stride_of = [&](std::size_t k) {
    return Stride<Samples>(simd_load(&step_re_[k]), simd_load(&step_im_[k]));
  };
  const Stride<Samples> strides[] = {stride_of(first),
                                     stride_of(first + (Vectors - 1) * kSimdFloats)};
  Resonators now[Vectors];
  Resonators before[Vectors];
  const std::size_t end = (window_samples_ + Samples - 1) / Samples * Samples;
  for (std::size_t n = 0; n < end; n += Samples) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
      const Stride<Samples>& stride = strides[v];
      now[v].strike(stride.force(newer.at(n)), stride.stiffness);
      before[v].strike(stride.force(older.at(n)), stride.stiffness);
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    const std::size_t k = first + static_cast<std::size_t>(v * kSimdFloats);
    finish(strides[v], now[v], newer.at(end - 1), k, now_re_, now_im_);
    finish(strides[v], before[v], older.at(end - 1), k, before_re_, before_im_);
  }
}

// What a window's samples add up to, turned by one step for each of them after the first.
template <int Samples>
void PartialMeter::finish(const Stride<Samples>& stride, const Resonators& state, const float* last,
                          std::size_t first, Values& re, Values& im) noexcept {
  const FloatV cosine = simd_load(&step_re_[first]);
  const FloatV minus_sine = simd_load(&step_im_[first]);
  // One step further: what the resonator is, and what it is a quarter turn later.
  const FloatV real =
      (state.change + stride.rest(last) - 0.5F * stride.stiffness * state.newest) / stride.largest;
  const FloatV minus_imaginary = minus_sine * state.newest;
  simd_store(&re[first], cosine * real + minus_sine * minus_imaginary);
  simd_store(&im[first], minus_sine * real - cosine * minus_imaginary);
}

void PartialMeter::measure_drift(std::span<const std::size_t>, Partials&) noexcept {}

#endif

}  // namespace sideband
