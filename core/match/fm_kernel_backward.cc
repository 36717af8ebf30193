// FmKernel's reverse mode.
#include <algorithm>

#include "core/match/fm_kernel.h"

namespace sideband::match {

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
    const Real* y = work_[op].y.data();
    V sums{};
    std::size_t n = 0;
    for (; n + kLanes <= samples; n += kLanes) {
      sums += load<V>(out_gradient.data() + n) * load<V>(y + n);
    }
    Real sum = sum_of<Real>(sums);
    for (; n < samples; ++n) sum += out_gradient[n] * y[n];
    graph_gradient.carrier[op] += sum;
  }
}

// To ∂L/∂y in d_amplitude comes what later samples hear of it; returns the gain's own gradient.
template <typename Real>
Real FmKernel<Real>::feed_back_gradient(Real gain, std::size_t op, std::size_t samples) noexcept {
  Work& work = work_[op];
  Real* d_y = work.d_amplitude.data();
  const Real* amplitude = input_[op].amplitude.data();
  Real all = 0;
  across_parts(samples, [&]<typename Wide>(const Across<Real, Wide>& lanes, std::size_t length,
                                           std::size_t sounds) {
    Wide next{};        // E(n + 1)
    Wide after_next{};  // E(n + 2)
    Wide sum{};
    for (std::size_t n = length; n-- > 0;) {
      const Wide total = lanes.load(d_y, n) + gain / 2 * (next + after_next);
      lanes.store(d_y, n, total);
      after_next = next;
      next = total * lanes.load(amplitude, n) * lanes.load(work.cosine.data(), n);
      Wide past{};
      if (n > 0) past += lanes.load(work.y.data(), n - 1);
      if (n > 1) past += lanes.load(work.y.data(), n - 2);
      sum += next * past / Real(2);
    }
    all += sum_of<Real>(sum, sounds);
  });
  return all;
}

// d_amplitude serves as ∂L/∂y until it is known in full.
template <typename Real>
void FmKernel<Real>::backward_operator(const Graph<Real>& graph, std::size_t op,
                                       std::span<const Real> d_out, Graph<Real>& d_graph) noexcept {
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
    std::fill_n(work.y.begin() + static_cast<std::ptrdiff_t>(samples), kPaddingSamples, Real(0));
    for (std::size_t n = 0; n < samples; n += kLanes) {
      sum += load<V>(d_to + n) * load<V>(work.y.data() + n);
    }
    d_graph.gain[to][op] += sum_of<Real>(sum);
  }
  const Real feedback = graph.gain[op][op];
  if (feedback != 0) {
    d_graph.gain[op][op] += feed_back_gradient(feedback, op, samples);
  }
  for (std::size_t n = 0; n < samples; n += kLanes) {
    const V d = load<V>(d_y + n);
    store(work.d_argument.data() + n,
          d * load<V>(input_[op].amplitude.data() + n) * load<V>(work.cosine.data() + n));
    store(d_y + n, d * load<V>(work.sine.data() + n));
  }
  std::fill_n(work.d_argument.begin() + static_cast<std::ptrdiff_t>(samples), kPaddingSamples,
              Real(0));
}

template <typename Real>
void FmKernel<Real>::backward_by_sample(const Graph<Real>& graph, const Plan& plan,
                                        std::span<const Real> d_out,
                                        Graph<Real>& d_graph) noexcept {
  across_parts(d_out.size(), [&]<typename Wide>(const Across<Real, Wide>& lanes, std::size_t length,
                                                std::size_t sounds) {
    // ∂L/∂y of the sample at hand and of the two before it, as far as later samples have it.
    std::array<Wide, kOperators> d_now{};
    std::array<Wide, kOperators> d_before{};
    std::array<Wide, kOperators> d_before_that{};
    std::array<std::array<Wide, kOperators>, kOperators> d_gain{};
    for (std::size_t n = length; n-- > 0;) {
      const Wide d_sound = lanes.load(d_out.data(), n);
      for (std::size_t op = 0; op < kOperators; ++op) {
        if (!plan.used[op]) continue;
        Work& work = work_[op];
        const Wide d_y = d_now[op] + graph.carrier[op] * d_sound;
        const Wide d_argument =
            d_y * lanes.load(input_[op].amplitude.data(), n) * lanes.load(work.cosine.data(), n);
        lanes.store(work.d_argument.data(), n, d_argument);
        lanes.store(work.d_amplitude.data(), n, d_y * lanes.load(work.sine.data(), n));
        for (std::size_t from = 0; from < kOperators; ++from) {
          const Real gain = graph.gain[op][from];
          if (gain == 0) continue;
          const Real* y = work_[from].y.data();
          if (from > op) {
            d_now[from] += gain * d_argument;
            d_gain[op][from] += d_argument * lanes.load(y, n);
            continue;
          }
          Wide past{};
          if (n > 0) past += lanes.load(y, n - 1);
          if (n > 1) past += lanes.load(y, n - 2);
          d_before[from] += gain / 2 * d_argument;
          d_before_that[from] += gain / 2 * d_argument;
          d_gain[op][from] += d_argument * past / Real(2);
        }
      }
      d_now = d_before;
      d_before = d_before_that;
      d_before_that = {};
    }
    for (std::size_t to = 0; to < kOperators; ++to) {
      for (std::size_t from = 0; from < kOperators; ++from) {
        if (graph.gain[to][from] == 0) continue;
        d_graph.gain[to][from] += sum_of<Real>(d_gain[to][from], sounds);
      }
    }
  });
}

template void FmKernel<float>::backward(const Graph<float>&, std::span<const float>,
                                        Graph<float>&) noexcept;
template void FmKernel<double>::backward(const Graph<double>&, std::span<const double>,
                                         Graph<double>&) noexcept;

}  // namespace sideband::match
