// Who modulates whom, in motion: every gain of a patch goes to its new value in 20 ms.
#pragma once

#include <array>
#include <cstddef>

#include "core/synth/patch.h"

namespace sideband {

// A gain within one hop: start + change · fraction.
struct HopGain {
  double start = 0;
  double change = 0;
  bool alive() const noexcept { return start != 0 || change != 0; }
};

struct Edge {
  int from = 0;
  HopGain turns;  // turns of phase per unit of the modulator's output
};

class FmRouting {
 public:
  static constexpr int kRampHops = 5;  // 20 ms

  void reset() noexcept { primed_ = resting_ = false; }

  // Moves every gain one hop on towards the patch (NaN and Inf count as 0) and lists the edges that
  // matter: both ends alive, and a path to a carrier that is heard.
  void advance(const FmPatch& patch) noexcept;

  // Edges into an operator that act within the sample, and those that act through the past.
  struct Inputs {
    std::array<Edge, kOperators> direct;
    std::array<Edge, kOperators> feedback;
    int direct_count = 0;
    int feedback_count = 0;
  };
  const Inputs& inputs(std::size_t op) const noexcept { return inputs_[op]; }
  const HopGain& carrier(std::size_t op) const noexcept { return carrier_[op]; }
  bool audible(std::size_t op) const noexcept { return audible_[op]; }

  // True when some operator hears the past of another: then they must take turns at every sample.
  bool cross_feedback() const noexcept { return cross_feedback_; }

 private:
  static constexpr std::size_t kGains = kOperators * (kOperators + 1);  // edges, then carriers

  void list_edges() noexcept;
  const HopGain& edge(std::size_t to, std::size_t from) const noexcept {
    return gains_[to * kOperators + from];
  }

  std::array<double, kGains> value_{};
  std::array<double, kGains> target_{};
  std::array<double, kGains> step_{};
  int hops_left_ = 0;
  bool primed_ = false;
  bool resting_ = false;  // no gain changes within the hop
  FmPatch given_;

  std::array<HopGain, kGains> gains_{};
  std::array<Inputs, kOperators> inputs_{};
  std::array<HopGain, kOperators> carrier_{};
  std::array<bool, kOperators> audible_{};
  bool cross_feedback_ = false;
};

}  // namespace sideband
