#include "core/match/fm_model.h"

#include <algorithm>
#include <cmath>

#include "core/match/envelope_model.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr double kLn2 = 0.69314718055994531;
constexpr double kFrameS = 1.0 / kFrameRateHz;
constexpr double kFloor = 3.186870674e-5;  // 2^kFloorDoublings: the lowest level is silence

}  // namespace

template <typename Real>
bool FmModel<Real>::prepare(const ModelConfig& config, Arena& arena) {
  config_ = config;
  const auto frames = static_cast<std::size_t>(config.max_frames) + 2;
  const auto samples = static_cast<std::size_t>(config.max_samples);
  kernel_.prepare(samples, arena);
  needed_ = arena.take<std::uint8_t>(frames);
  for (std::size_t op = 0; op < kOperators; ++op) {
    level_[op] = arena.take<Real>(frames);
    slope_[op] = arena.take<Jacobian>(frames);
    d_level_[op] = arena.take<Real>(frames);
  }
  frequency_ = arena.take<double>(frames);
  start_cycles_ = arena.take<double>(frames);
  d_frequency_ = arena.take<double>(frames);
  cycles_ = arena.take<double>(samples + 16);
  return !arena.exhausted();
}

template <typename Real>
void FmModel<Real>::set_excerpts(std::span<const Excerpt> excerpts, double hold_s) noexcept {
  excerpts_ = 0;
  samples_ = 0;
  frames_ = 0;
  hold_s_ = hold_s;
  fresh_ = true;
  std::fill(needed_.begin(), needed_.end(), std::uint8_t{0});
  for (const Excerpt& excerpt : excerpts) {
    const int end = excerpt.start + excerpt.length;
    if (excerpts_ == kMaxExcerpts || excerpt.start < 0 || excerpt.length <= 0) continue;
    if (samples_ + static_cast<std::size_t>(excerpt.length) >
            static_cast<std::size_t>(config_.max_samples) ||
        (end - 1) / kHopSamples > config_.max_frames) {
      continue;
    }
    excerpt_[excerpts_++] = excerpt;
    samples_ += static_cast<std::size_t>(excerpt.length);
    const auto last = static_cast<std::size_t>((end - 1) / kHopSamples);
    for (auto k = static_cast<std::size_t>(std::max(excerpt.start / kHopSamples - 1, 0)); k <= last;
         ++k) {
      needed_[k] = 1;
    }
    frames_ = std::max(frames_, last + 1);
  }
  bool even = excerpts_ > 0;
  for (std::size_t e = 0; e < excerpts_; ++e) {
    even = even && excerpt_[e].length == excerpt_[0].length;
  }
  kernel_.set_parts(even ? excerpts_ : 1);
}

// Amplitudes of operators whose envelopes are not those of the last time, and their derivatives
// where a gradient is to follow.
template <typename Real>
void FmModel<Real>::envelopes(const Parameters<Real>& p, bool with_slopes) noexcept {
  const Parameters<Real>& last = last_[0];
  for (std::size_t op = 0; op < kOperators; ++op) {
    const bool same = !fresh_ && last.level[op] == p.level[op] &&
                      last.envelope[op] == p.envelope[op] && last.rate[op] == p.rate[op];
    if (same && (has_slopes_[op] || !with_slopes)) continue;
    if (!with_slopes && config_.envelope == EnvelopeKind::kFourRates) {
      std::array<Real, 4> levels = p.envelope[op];
      for (Real& level : levels) level += p.level[op];
      four_rates(levels, p.rate[op], level_[op]);
      has_slopes_[op] = false;
    } else {
      envelope_with_slopes(p, op);
      has_slopes_[op] = true;
    }
    if (!same) fill_amplitude(op);
  }
}

template <typename Real>
void FmModel<Real>::four_rates(const std::array<Real, 4>& levels, const std::array<Real, 4>& rates,
                               std::span<Real> out) const noexcept {
  const FourRates<Real> curve(levels, rates);
  const Real at_key_up = curve.held(hold_s_);
  for (std::size_t k = 0; k < frames_; ++k) {
    if (needed_[k] == 0) continue;
    const double seconds = static_cast<double>(k) * kFrameS;
    const Real doublings =
        seconds <= hold_s_ ? curve.held(seconds) : curve.released(at_key_up, seconds - hold_s_);
    out[k] = doublings <= Real(kFloorDoublings) ? Real(0) : std::exp2(doublings) - Real(kFloor);
  }
}

template <typename Real>
void FmModel<Real>::envelope_with_slopes(const Parameters<Real>& p, std::size_t op) noexcept {
  // The law of four rates is one of sums, as the DX7's is: where an attack starts does not move
  // with an operator's level.
  std::array<Real, 4> levels = p.envelope[op];
  const bool four_rates = config_.envelope == EnvelopeKind::kFourRates;
  if (four_rates) {
    for (Real& level : levels) level += p.level[op];
  }
  using Eightfold = Dual<Real, 8>;
  const auto first = variables<8>(levels, 0);
  const auto second = variables<8>(p.rate[op], 4);
  const FourRates<Eightfold> curve(first, second);
  const Eightfold at_key_up = curve.held(hold_s_);
  for (std::size_t k = 0; k < frames_; ++k) {
    if (needed_[k] == 0) continue;
    const double seconds = static_cast<double>(k) * kFrameS;
    if (four_rates) {
      const Eightfold doublings =
          seconds <= hold_s_ ? curve.held(seconds) : curve.released(at_key_up, seconds - hold_s_);
      const Real full = std::exp2(doublings.value);
      const bool silent = doublings.value <= Real(kFloorDoublings);
      level_[op][k] = silent ? Real(0) : full - Real(kFloor);
      for (std::size_t i = 0; i < 8; ++i) {
        slope_[op][k][i] = silent ? Real(0) : full * Real(kLn2) * doublings.d[i];
      }
    } else {
      const Eightfold shape = adsr<Eightfold>(first, seconds, hold_s_);
      const Real full = std::exp2(p.level[op]);
      level_[op][k] = full * shape.value;
      for (std::size_t i = 0; i < 8; ++i) slope_[op][k][i] = full * shape.d[i];
    }
  }
}

template <typename Real>
void FmModel<Real>::fill_amplitude(std::size_t op) noexcept {
  Real* amplitude = kernel_.amplitude(op).data();
  for_each_hop([&](std::size_t hop, int first, std::size_t index, int count) {
    const Real from = level_[op][hop > 0 ? hop - 1 : 0] * Real(kFullIndexRadians);
    const Real change = level_[op][hop] * Real(kFullIndexRadians) - from;
    for (int i = 0; i < count; ++i) {
      const Real fraction = static_cast<Real>(first + i + 1) / kHopSamples;
      amplitude[index + static_cast<std::size_t>(i)] = from + change * fraction;
    }
  });
}

template <typename Real>
void FmModel<Real>::phases(const Parameters<Real>& p) noexcept {
  const bool same_pitch = !fresh_ && last_[0].log2_f0 == p.log2_f0 && last_[0].pitch == p.pitch &&
                          last_[0].pitch_rate == p.pitch_rate;
  if (!same_pitch) {
    const double f0_hz = std::exp2(static_cast<double>(p.log2_f0));
    std::array<double, 4> octaves{};
    std::array<double, 4> rate{};
    for (std::size_t i = 0; i < 4; ++i) {
      octaves[i] = p.pitch[i];
      rate[i] = p.pitch_rate[i];
    }
    const bool flat = octaves == std::array<double, 4>{};
    double sum = 0;
    double before_hz = 0;
    for (std::size_t k = 0; k < frames_; ++k) {
      const double bend =
          flat ? 0
               : pitch_envelope<double>(octaves, rate, static_cast<double>(k) * kFrameS, hold_s_);
      frequency_[k] = f0_hz * std::exp2(bend);
      if (k == 0) before_hz = frequency_[0];
      start_cycles_[k] = sum;
      constexpr double kHalf = (kHopSamples + 1) / 2.0;
      sum += (before_hz * (kHopSamples - kHalf) + frequency_[k] * kHalf) / kAnalysisRateHz;
      before_hz = frequency_[k];
    }
    for_each_hop([&](std::size_t hop, int first, std::size_t index, int count) {
      const double from = frequency_[hop > 0 ? hop - 1 : 0];
      const double change = (frequency_[hop] - from) / (2.0 * kHopSamples);
      for (int i = 0; i < count; ++i) {
        const double n = first + i + 1;
        cycles_[index + static_cast<std::size_t>(i)] =
            start_cycles_[hop] + (from * n + change * n * (n + 1)) / kAnalysisRateHz;
      }
    });
  }
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (same_pitch && last_[0].log2_ratio[op] == p.log2_ratio[op]) continue;
    const double ratio = std::exp2(static_cast<double>(p.log2_ratio[op]));
    Real* phase = kernel_.phase(op).data();
    constexpr double kRound = 0x1.8p52;
    for (std::size_t n = 0; n < samples_; ++n) {
      const double turns = ratio * cycles_[n];
      phase[n] = static_cast<Real>(turns - ((turns + kRound) - kRound));
    }
  }
  last_[0] = p;
  fresh_ = false;
}

template <typename Real>
void FmModel<Real>::forward(const Parameters<Real>& p, std::span<Real> out,
                            bool with_slopes) noexcept {
  envelopes(p, with_slopes);
  phases(p);
  Graph<Real> graph{p.gain, p.carrier};
  kernel_.forward(graph, out.first(samples_), with_slopes);
}

template class FmModel<float>;
template class FmModel<double>;

}  // namespace sideband::match
