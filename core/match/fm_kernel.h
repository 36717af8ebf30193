// Six operators over a whole sound, forward and backward: the exact gradient of phase modulation
// with any routing, feedback included.
//
//   s_c(n) = Σ_{m > c} gain_cm·y_m(n) + Σ_{m ≤ c} gain_cm·(y_m(n − 1) + y_m(n − 2))/2
//   y_c(n) = amplitude_c(n)·sin(2π·phase_c(n) + s_c(n)),   out(n) = Σ_c carrier_c·y_c(n)
//
// This is FmVoice's arithmetic with per-sample amplitudes and phases given. Reverse mode: with
// D_c(n) = ∂L/∂y_c(n) and E_c(n) = ∂L/∂(argument) = D_c·amplitude_c·cos(…), every edge hands
// gain·E of its target back to its source, at the same sample or half each to the two before.
// Operators take turns as vectors over samples; where one hears another's past, sample by sample.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/inference/controls.h"
#include "core/match/lanes.h"
#include "core/util/arena.h"

namespace sideband::match {

template <typename Real>
struct Graph {
  std::array<std::array<Real, kOperators>, kOperators> gain{};  // [to][from], radians per output
  std::array<Real, kOperators> carrier{};
};

template <typename Real>
class FmKernel {
 public:
  // [main-thread] False when the arena is full.
  bool prepare(std::size_t max_samples, Arena& arena);

  // Inputs, to be filled for the first `samples` of each: amplitude in radians (carriers: times
  // carrier gain), phase in turns within about ±8 (so that a float still has a fine grain).
  // Who asks for one changes it: what does not depend on it is kept from forward() to forward().
  std::span<Real> amplitude(std::size_t op) {
    known_[op] = Known::kNothing;
    return input_[op].amplitude;
  }
  std::span<Real> phase(std::size_t op) {
    known_[op] = Known::kNothing;
    return input_[op].phase;
  }

  // How many sounds of one length lie one after the other: what an operator hears of the past is
  // its own sound's. Feedback then runs as vectors over the sounds.
  void set_parts(std::size_t parts) noexcept {
    parts_ = parts;
    known_.fill(Known::kNothing);
  }

  // `with_slopes`: backward() will follow.
  void forward(const Graph<Real>& graph, std::span<Real> out, bool with_slopes = true) noexcept;

  // After forward() with the same graph. Adds to the graph's gradient where an edge exists; the
  // others follow from amplitude_gradient() and argument_gradient().
  void backward(const Graph<Real>& graph, std::span<const Real> out_gradient,
                Graph<Real>& graph_gradient) noexcept;
  std::span<const Real> amplitude_gradient(std::size_t op) const { return work_[op].d_amplitude; }
  std::span<const Real> argument_gradient(std::size_t op) const { return work_[op].d_argument; }

 private:
  struct Input {
    std::span<Real> amplitude;
    std::span<Real> phase;
  };
  struct Work {
    std::span<Real> y;
    std::span<Real> sine;
    std::span<Real> cosine;
    std::span<Real> d_amplitude;
    std::span<Real> d_argument;
  };
  enum class Known : std::uint8_t { kNothing, kOutput, kSlopes };  // of an operator
  struct Plan {
    std::array<bool, kOperators> used{};
    bool cross = false;  // some operator hears another's past
  };
  using V = typename Lane<Real>::Vector;
  static constexpr std::size_t kLanes = Lane<Real>::kCount;
  static constexpr std::size_t kPaddingSamples = 16;  // whole vectors may reach past the end
  template <typename Visit>
  void across_parts(std::size_t samples, Visit visit) const noexcept;
  static Plan plan(const Graph<Real>& graph) noexcept;
  bool keeps(const Graph<Real>& graph, std::size_t op,
             const std::array<bool, kOperators>& anew) const noexcept;
  void feed_back(Real gain, std::size_t op, std::size_t samples) noexcept;
  Real feed_back_gradient(Real gain, std::size_t op, std::size_t samples) noexcept;
  void forward_operator(const Graph<Real>& graph, std::size_t op, std::size_t samples) noexcept;
  void forward_by_sample(const Graph<Real>& graph, const Plan& plan, std::size_t samples) noexcept;
  void backward_operator(const Graph<Real>& graph, std::size_t op, std::span<const Real> d_out,
                         Graph<Real>& d_graph) noexcept;
  void backward_by_sample(const Graph<Real>& graph, const Plan& plan, std::span<const Real> d_out,
                          Graph<Real>& d_graph) noexcept;

  std::array<Input, kOperators> input_;
  std::array<Work, kOperators> work_;
  std::span<Real> shift_;
  std::size_t parts_ = 1;
  bool with_slopes_ = true;
  Graph<Real> graph_;  // of the last forward()
  std::array<Known, kOperators> known_{};
};

// visit(lanes, samples of each, how many lanes are sounds of their own): sample by sample where
// there is one sound.
template <typename Real>
template <typename Visit>
void FmKernel<Real>::across_parts(std::size_t samples, Visit visit) const noexcept {
  if (parts_ > 1 && samples % parts_ == 0) {
    for_each_group<Real, V>(parts_, samples, visit);
  } else {
    for_each_group<Real, Real>(1, samples, visit);
  }
}

}  // namespace sideband::match
