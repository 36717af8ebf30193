#include "core/match/fm_kernel.h"

#include <algorithm>
#include <cstring>

#include "core/match/sine_pair.h"

namespace sideband::match {
namespace {

constexpr double kTurnsPerRadian = 0.15915494309189535;
constexpr std::size_t kPadding = 16;  // whole vectors may be read and written past the end

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

template <typename Real, typename V>
Real sum_of(const V& v) {
  std::array<Real, sizeof(V) / sizeof(Real)> lane;
  std::memcpy(lane.data(), &v, sizeof v);
  Real sum = 0;
  for (const Real x : lane) sum += x;
  return sum;
}

}  // namespace

template <typename Real>
bool FmKernel<Real>::prepare(std::size_t max_samples, Arena& arena) {
  const std::size_t size = max_samples + kPadding;
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
void FmKernel<Real>::forward(const Graph<Real>& graph, std::span<Real> out) noexcept {
  const Plan what = plan(graph);
  const std::size_t samples = out.size();
  if (what.cross) {
    forward_by_sample(graph, what, samples);
  } else {
    for (std::size_t op = kOperators; op-- > 0;) {
      if (what.used[op]) forward_operator(graph, op, samples);
    }
  }
  std::fill(out.begin(), out.end(), Real(0));
  for (std::size_t op = 0; op < kOperators; ++op) {
    const Real gain = graph.carrier[op];
    if (gain == 0) continue;
    const Real* y = work_[op].y.data();
    for (std::size_t n = 0; n < samples; ++n) out[n] += gain * y[n];
  }
}

template <typename Real>
void FmKernel<Real>::forward_operator(const Graph<Real>& graph, std::size_t op,
                                      std::size_t samples) noexcept {
  using V = typename Lane<Real>::Vector;
  constexpr std::size_t kLanes = Lane<Real>::kCount;
  constexpr auto kTurns = static_cast<Real>(kTurnsPerRadian);
  const Real* phase = input_[op].phase.data();
  const Real* amplitude = input_[op].amplitude.data();
  Work& work = work_[op];
  Real* shift = shift_.data();
  std::copy_n(phase, samples, shift);
  for (std::size_t from = op + 1; from < kOperators; ++from) {
    const Real gain = graph.gain[op][from] * kTurns;
    if (gain == 0) continue;
    const Real* y = work_[from].y.data();
    for (std::size_t n = 0; n < samples; ++n) shift[n] += gain * y[n];
  }
  const Real feedback = graph.gain[op][op] * kTurns / 2;
  if (feedback == 0) {
    for (std::size_t n = 0; n < samples; n += kLanes) {
      const V turns = load<V>(shift + n);
      const V sine = sine_turns<Real, V>(turns);
      store(work.sine.data() + n, sine);
      store(work.cosine.data() + n, cosine_turns<Real, V>(turns));
      store(work.y.data() + n, load<V>(amplitude + n) * sine);
    }
    return;
  }
  Real before = 0;
  Real before_that = 0;
  for (std::size_t n = 0; n < samples; ++n) {
    const Real turns = shift[n] + feedback * (before + before_that);
    shift[n] = turns;
    before_that = before;
    work.sine[n] = sine_turns<Real, Real>(turns);
    before = amplitude[n] * work.sine[n];
    work.y[n] = before;
  }
  for (std::size_t n = 0; n < samples; n += kLanes) {
    store(work.cosine.data() + n, cosine_turns<Real, V>(load<V>(shift + n)));
  }
}

template <typename Real>
void FmKernel<Real>::forward_by_sample(const Graph<Real>& graph, const Plan& plan,
                                       std::size_t samples) noexcept {
  constexpr auto kTurns = static_cast<Real>(kTurnsPerRadian);
  for (std::size_t n = 0; n < samples; ++n) {
    for (std::size_t op = kOperators; op-- > 0;) {
      if (!plan.used[op]) continue;
      Real shift = 0;
      for (std::size_t from = 0; from < kOperators; ++from) {
        const Real gain = graph.gain[op][from];
        if (gain == 0) continue;
        const Real* y = work_[from].y.data();
        if (from > op) {
          shift += gain * y[n];
        } else {
          shift += gain / 2 * ((n > 0 ? y[n - 1] : Real(0)) + (n > 1 ? y[n - 2] : Real(0)));
        }
      }
      const Real turns = input_[op].phase[n] + shift * kTurns;
      work_[op].sine[n] = sine_turns<Real, Real>(turns);
      work_[op].cosine[n] = cosine_turns<Real, Real>(turns);
      work_[op].y[n] = input_[op].amplitude[n] * work_[op].sine[n];
    }
  }
}

template <typename Real>
void FmKernel<Real>::backward(const Graph<Real>& graph, std::span<const Real> out_gradient,
                              Graph<Real>& graph_gradient) noexcept {
  const Plan what = plan(graph);
  const std::size_t samples = out_gradient.size();
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (what.used[op] && !what.cross) continue;
    std::fill_n(work_[op].d_amplitude.begin(), samples, Real(0));
    std::fill_n(work_[op].d_argument.begin(), samples, Real(0));
  }
  if (what.cross) {
    backward_by_sample(graph, what, out_gradient, graph_gradient);
  } else {
    for (std::size_t op = 0; op < kOperators; ++op) {
      if (what.used[op]) backward_operator(graph, op, out_gradient, graph_gradient);
    }
  }
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (!what.used[op]) continue;
    Real sum = 0;
    for (std::size_t n = 0; n < samples; ++n) sum += out_gradient[n] * work_[op].y[n];
    graph_gradient.carrier[op] += sum;
  }
}

// d_amplitude serves as ∂L/∂y until it is known in full.
template <typename Real>
void FmKernel<Real>::backward_operator(const Graph<Real>& graph, std::size_t op,
                                       std::span<const Real> d_out, Graph<Real>& d_graph) noexcept {
  using V = typename Lane<Real>::Vector;
  constexpr std::size_t kLanes = Lane<Real>::kCount;
  const std::size_t samples = d_out.size();
  Work& work = work_[op];
  Real* d_y = work.d_amplitude.data();
  const Real carrier = graph.carrier[op];
  for (std::size_t n = 0; n < samples; ++n) d_y[n] = carrier * d_out[n];
  for (std::size_t to = 0; to < op; ++to) {
    const Real gain = graph.gain[to][op];
    if (gain == 0) continue;
    const Real* d_to = work_[to].d_argument.data();
    for (std::size_t n = 0; n < samples; ++n) d_y[n] += gain * d_to[n];
    V sum{};
    // What lies past the end in the last vector must not count: it is zeroed first.
    std::fill_n(work.y.begin() + static_cast<std::ptrdiff_t>(samples), kPadding, Real(0));
    for (std::size_t n = 0; n < samples; n += kLanes) {
      sum += load<V>(d_to + n) * load<V>(work.y.data() + n);
    }
    d_graph.gain[to][op] += sum_of<Real>(sum);
  }
  const Real feedback = graph.gain[op][op];
  if (feedback != 0) {
    Real next = 0;        // E(n + 1)
    Real after_next = 0;  // E(n + 2)
    Real sum = 0;
    for (std::size_t n = samples; n-- > 0;) {
      const Real total = d_y[n] + feedback / 2 * (next + after_next);
      d_y[n] = total;
      after_next = next;
      next = total * input_[op].amplitude[n] * work.cosine[n];
      const Real past = (n > 0 ? work.y[n - 1] : Real(0)) + (n > 1 ? work.y[n - 2] : Real(0));
      sum += next * past / 2;
    }
    d_graph.gain[op][op] += sum;
  }
  for (std::size_t n = 0; n < samples; n += kLanes) {
    const V d = load<V>(d_y + n);
    store(work.d_argument.data() + n,
          d * load<V>(input_[op].amplitude.data() + n) * load<V>(work.cosine.data() + n));
    store(d_y + n, d * load<V>(work.sine.data() + n));
  }
  std::fill_n(work.d_argument.begin() + static_cast<std::ptrdiff_t>(samples), kPadding, Real(0));
}

template <typename Real>
void FmKernel<Real>::backward_by_sample(const Graph<Real>& graph, const Plan& plan,
                                        std::span<const Real> d_out,
                                        Graph<Real>& d_graph) noexcept {
  for (std::size_t n = d_out.size(); n-- > 0;) {
    for (std::size_t op = 0; op < kOperators; ++op) {
      if (!plan.used[op]) continue;
      Work& work = work_[op];
      const Real d_y = work.d_amplitude[n] + graph.carrier[op] * d_out[n];
      const Real d_argument = d_y * input_[op].amplitude[n] * work.cosine[n];
      work.d_argument[n] = d_argument;
      work.d_amplitude[n] = d_y * work.sine[n];
      for (std::size_t from = 0; from < kOperators; ++from) {
        const Real gain = graph.gain[op][from];
        if (gain == 0) continue;
        Work& source = work_[from];
        if (from > op) {
          source.d_amplitude[n] += gain * d_argument;
          d_graph.gain[op][from] += d_argument * source.y[n];
          continue;
        }
        for (std::size_t back = 1; back <= 2 && back <= n; ++back) {
          source.d_amplitude[n - back] += gain / 2 * d_argument;
          d_graph.gain[op][from] += d_argument * source.y[n - back] / 2;
        }
      }
    }
  }
}

template class FmKernel<float>;
template class FmKernel<double>;

}  // namespace sideband::match
