#include "core/match/fm_kernel.h"

#include <algorithm>
#include <cstring>

namespace sideband::match {
namespace {

constexpr double kTurnsPerRadian = 0.15915494309189535;

}  // namespace

template <typename Real>
bool FmKernel<Real>::prepare(std::size_t max_samples, Arena& arena) {
  const std::size_t size = max_samples + kPaddingSamples;
  for (std::size_t op = 0; op < kOperators; ++op) {
    input_[op] = {arena.take<Real>(size), arena.take<Real>(size)};
    work_[op] = {arena.take<Real>(size), arena.take<Real>(size), arena.take<Real>(size),
                 arena.take<Real>(size), arena.take<Real>(size)};
  }
  shift_ = arena.take<Real>(size);
  return !arena.exhausted();
}

template <typename Real>
typename FmKernel<Real>::Plan FmKernel<Real>::plan(const Graph<Real>& graph) noexcept {
  Plan plan;
  for (std::size_t op = 0; op < kOperators; ++op) plan.used[op] = graph.carrier[op] != 0;
  for (int pass = 0; pass < kOperators; ++pass) {
    for (std::size_t to = 0; to < kOperators; ++to) {
      for (std::size_t from = 0; from < kOperators && plan.used[to]; ++from) {
        if (graph.gain[to][from] != 0) plan.used[from] = true;
      }
    }
  }
  for (std::size_t to = 0; to < kOperators; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      if (graph.gain[to][from] != 0 && plan.used[to]) plan.cross = true;
    }
  }
  return plan;
}

template <typename Real>
void FmKernel<Real>::forward(const Graph<Real>& graph, std::span<Real> out,
                             bool with_slopes) noexcept {
  with_slopes_ = with_slopes;
  const Plan what = plan(graph);
  const std::size_t samples = out.size();
  const Known now = with_slopes ? Known::kSlopes : Known::kOutput;
  if (what.cross) {
    forward_by_sample(graph, what, samples);
    for (std::size_t op = 0; op < kOperators; ++op) {
      known_[op] = what.used[op] ? now : Known::kNothing;
    }
  } else {
    std::array<bool, kOperators> anew{};
    for (std::size_t op = kOperators; op-- > 0;) {
      // One that is not used now would hear the wrong past when it is again.
      if (!what.used[op]) known_[op] = Known::kNothing;
      if (!what.used[op] || keeps(graph, op, anew)) continue;
      anew[op] = true;
      forward_operator(graph, op, samples);
      known_[op] = now;
    }
  }
  graph_ = graph;
  std::fill(out.begin(), out.end(), Real(0));
  for (std::size_t op = 0; op < kOperators; ++op) {
    const Real gain = graph.carrier[op];
    if (gain == 0) continue;
    const Real* y = work_[op].y.data();
    for (std::size_t n = 0; n < samples; ++n) out[n] += gain * y[n];
  }
}

// Whether an operator's output, and its slopes where they are wanted, are what the last forward()
// left: same inputs, same edges, and all that it hears the same too.
template <typename Real>
bool FmKernel<Real>::keeps(const Graph<Real>& graph, std::size_t op,
                           const std::array<bool, kOperators>& anew) const noexcept {
  if (known_[op] == Known::kNothing || (with_slopes_ && known_[op] != Known::kSlopes)) return false;
  if (graph.gain[op] != graph_.gain[op]) return false;
  for (std::size_t from = op + 1; from < kOperators; ++from) {
    if (anew[from] && graph.gain[op][from] != 0) return false;
  }
  return true;
}

template <typename Real>
void FmKernel<Real>::forward_operator(const Graph<Real>& graph, std::size_t op,
                                      std::size_t samples) noexcept {
  constexpr auto kTurns = static_cast<Real>(kTurnsPerRadian);
  const Real* phase = input_[op].phase.data();
  const Real* amplitude = input_[op].amplitude.data();
  Work& work = work_[op];
  Real* shift = shift_.data();
  const Real* argument = phase;
  for (std::size_t from = op + 1; from < kOperators; ++from) {
    const Real gain = graph.gain[op][from] * kTurns;
    if (gain == 0) continue;
    const Real* y = work_[from].y.data();
    for (std::size_t n = 0; n < samples; ++n) shift[n] = argument[n] + gain * y[n];
    argument = shift;
  }
  const Real feedback = graph.gain[op][op] * kTurns / 2;
  if (feedback == 0) {
    for (std::size_t n = 0; n < samples; n += kLanes) {
      const V turns = load<V>(argument + n);
      const V sine = sine_turns<Real, V>(turns);
      store(work.y.data() + n, load<V>(amplitude + n) * sine);
      if (!with_slopes_) continue;
      store(work.sine.data() + n, sine);
      store(work.cosine.data() + n, cosine_turns<Real, V>(turns));
    }
    return;
  }
  if (argument == phase) std::copy_n(phase, samples, shift);
  feed_back(feedback, op, samples);
  if (!with_slopes_) return;
  for (std::size_t n = 0; n < samples; n += kLanes) {
    store(work.cosine.data() + n, cosine_turns<Real, V>(load<V>(shift + n)));
  }
}

// From the arguments without feedback in shift_: the arguments, sines and outputs with it.
template <typename Real>
void FmKernel<Real>::feed_back(Real gain, std::size_t op, std::size_t samples) noexcept {
  Work& work = work_[op];
  const Real* amplitude = input_[op].amplitude.data();
  Real* shift = shift_.data();
  across_parts(samples, [&]<typename Wide>(const Across<Real, Wide>& lanes, std::size_t length,
                                           std::size_t) {
    Wide before{};
    Wide before_that{};
    for (std::size_t n = 0; n < length; ++n) {
      // sin(2πx) = cos(2π(x − ¼)); what is known before the last output comes first.
      const Wide known = (lanes.load(shift, n) - Real(0.25)) + gain * before_that;
      const Wide turns = multiply_add(before, Wide{} + gain, known);
      const CosineFactors<Wide> sine = cosine_factors<Real, Wide>(turns);
      before_that = before;
      before = sine.slope * (sine.turns * lanes.load(amplitude, n));
      lanes.store(work.y.data(), n, before);
      if (!with_slopes_) continue;
      lanes.store(shift, n, turns + Real(0.25));
      lanes.store(work.sine.data(), n, sine.slope * sine.turns);
    }
  });
}

template <typename Real>
void FmKernel<Real>::forward_by_sample(const Graph<Real>& graph, const Plan& plan,
                                       std::size_t samples) noexcept {
  constexpr auto kTurns = static_cast<Real>(kTurnsPerRadian);
  across_parts(samples, [&]<typename Wide>(const Across<Real, Wide>& lanes, std::size_t length,
                                           std::size_t) {
    std::array<Wide, kOperators> now{};
    std::array<Wide, kOperators> before{};
    std::array<Wide, kOperators> before_that{};
    for (std::size_t n = 0; n < length; ++n) {
      for (std::size_t op = kOperators; op-- > 0;) {
        if (!plan.used[op]) continue;
        Wide shift{};
        for (std::size_t from = 0; from < kOperators; ++from) {
          const Real gain = graph.gain[op][from];
          if (gain == 0) continue;
          shift += from > op ? gain * now[from] : gain / 2 * (before[from] + before_that[from]);
        }
        const Wide turns = lanes.load(input_[op].phase.data(), n) + shift * kTurns;
        const Wide sine = sine_turns<Real, Wide>(turns);
        now[op] = lanes.load(input_[op].amplitude.data(), n) * sine;
        lanes.store(work_[op].y.data(), n, now[op]);
        if (!with_slopes_) continue;
        lanes.store(work_[op].sine.data(), n, sine);
        lanes.store(work_[op].cosine.data(), n, cosine_turns<Real, Wide>(turns));
      }
      before_that = before;
      before = now;
    }
  });
}

template class FmKernel<float>;
template class FmKernel<double>;

}  // namespace sideband::match
