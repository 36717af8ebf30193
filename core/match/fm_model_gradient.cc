// FmModel's reverse mode: from the sound's gradient to that of every parameter.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/match/envelope_model.h"
#include "core/match/fm_model.h"
#include "core/match/lanes.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr double kTau = 2 * std::numbers::pi;
constexpr double kFrameS = 1.0 / kFrameRateHz;

}  // namespace

template <typename Real>
void FmModel<Real>::backward(const Parameters<Real>& p, std::span<const Real> out_gradient,
                             bool pitch_too, Parameters<Real>& gradient) noexcept {
  gradient = {};
  gradient.log2_f0 = 0;
  Graph<Real> graph{p.gain, p.carrier};
  Graph<Real> d_graph;
  kernel_.backward(graph, out_gradient.first(samples_), d_graph);
  gradient.gain = d_graph.gain;
  gradient.carrier = d_graph.carrier;
  for (std::size_t op = 0; op < kOperators; ++op) {
    std::fill_n(d_level_[op].begin(), frames_, Real(0));
    const Real* d_amplitude = kernel_.amplitude_gradient(op).data();
    for_each_hop([&](std::size_t hop, int first, std::size_t index, int count) {
      const auto [all, now] = ramp_sums(d_amplitude + index, first, count);
      d_level_[op][hop] += now * Real(kFullIndexRadians);
      d_level_[op][hop > 0 ? hop - 1 : 0] += (all - now) * Real(kFullIndexRadians);
    });
    for (std::size_t k = 0; k < frames_; ++k) {
      const Real d = d_level_[op][k];
      if (needed_[k] == 0 || d == 0) continue;
      if (config_.envelope == EnvelopeKind::kAdsr) {
        gradient.level[op] += d * level_[op][k] * Real(std::numbers::ln2);
      } else {
        for (std::size_t i = 0; i < 4; ++i) gradient.level[op] += d * slope_[op][k][i];
      }
      for (std::size_t i = 0; i < 4; ++i) {
        gradient.envelope[op][i] += d * slope_[op][k][i];
        gradient.rate[op][i] += d * slope_[op][k][4 + i];
      }
    }
  }
  if (pitch_too) pitch_gradient(p, gradient);
}

template <typename Real>
void FmModel<Real>::pitch_gradient(const Parameters<Real>& p, Parameters<Real>& gradient) noexcept {
  std::array<double, kOperators> ratio{};
  for (std::size_t op = 0; op < kOperators; ++op) {
    ratio[op] = std::exp2(static_cast<double>(p.log2_ratio[op]));
    const Real* d_argument = kernel_.argument_gradient(op).data();
    double sum = 0;
    for (std::size_t n = 0; n < samples_; ++n) {
      sum += static_cast<double>(d_argument[n]) * cycles_[n];
    }
    gradient.log2_ratio[op] = static_cast<Real>(sum * kTau * ratio[op] * std::numbers::ln2);
  }
  // ∂L/∂cycles at every sample, gathered per hop and handed to the frames' frequencies.
  std::fill_n(d_frequency_.begin(), frames_ + 1, 0.0);
  std::fill_n(start_cycles_.begin(), frames_, 0.0);  // now: the sum of ∂L/∂cycles over a hop
  for_each_hop([&](std::size_t hop, int first, std::size_t index, int count) {
    for (int i = 0; i < count; ++i) {
      double d = 0;
      for (std::size_t op = 0; op < kOperators; ++op) {
        d += ratio[op] * static_cast<double>(
                             kernel_.argument_gradient(op)[index + static_cast<std::size_t>(i)]);
      }
      d *= kTau / kAnalysisRateHz;
      const double n = first + i + 1;
      const double now = n * (n + 1) / (2.0 * kHopSamples);
      start_cycles_[hop] += d;
      d_frequency_[hop] += d * now;
      d_frequency_[hop > 0 ? hop - 1 : 0] += d * (n - now);
    }
  });
  constexpr double kHalf = (kHopSamples + 1) / 2.0;
  double later = 0;
  for (std::size_t k = frames_; k-- > 0;) {
    d_frequency_[k] += later * kHalf;
    d_frequency_[k > 0 ? k - 1 : 0] += later * (kHopSamples - kHalf);
    later += start_cycles_[k];
  }
  const auto octaves = variables<8, double>(
      {double(p.pitch[0]), double(p.pitch[1]), double(p.pitch[2]), double(p.pitch[3])}, 0);
  const auto rates = variables<8, double>({double(p.pitch_rate[0]), double(p.pitch_rate[1]),
                                           double(p.pitch_rate[2]), double(p.pitch_rate[3])},
                                          4);
  double d_f0 = 0;
  std::array<double, 8> d_pitch{};
  for (std::size_t k = 0; k < frames_; ++k) {
    const double d = d_frequency_[k] * frequency_[k] * std::numbers::ln2;
    if (d == 0) continue;
    d_f0 += d;
    const Dual<double, 8> bend =
        pitch_envelope<Dual<double, 8>>(octaves, rates, static_cast<double>(k) * kFrameS, hold_s_);
    for (std::size_t i = 0; i < 8; ++i) d_pitch[i] += d * bend.d[i];
  }
  gradient.log2_f0 = static_cast<Real>(d_f0);
  for (std::size_t i = 0; i < 4; ++i) {
    gradient.pitch[i] = static_cast<Real>(d_pitch[i]);
    gradient.pitch_rate[i] = static_cast<Real>(d_pitch[4 + i]);
  }
  fresh_ = true;  // start_cycles_ was used up
}

template void FmModel<float>::backward(const Parameters<float>&, std::span<const float>, bool,
                                       Parameters<float>&) noexcept;
template void FmModel<double>::backward(const Parameters<double>&, std::span<const double>, bool,
                                        Parameters<double>&) noexcept;

}  // namespace sideband::match
