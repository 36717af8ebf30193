#include "core/synth/fm/routing.h"

#include <algorithm>
#include <cmath>

#include "core/util/fast_math.h"

namespace sideband {
namespace {

constexpr float kMaxGain = 1000;  // far beyond music; keeps every later product finite

double tame(float gain) {
  return std::isfinite(gain) ? std::clamp(gain, -kMaxGain, kMaxGain) : 0.0F;
}

}  // namespace

void FmRouting::advance(const FmPatch& patch) noexcept {
  const bool same = patch.modulation == given_.modulation && patch.carrier == given_.carrier &&
                    patch.i_max == given_.i_max;
  if (resting_ && same) return;  // every gain and every edge stays what it is
  given_ = patch;
  std::array<double, kGains> wanted{};
  const bool scaled = std::isfinite(patch.i_max) && patch.i_max > 1e-3F;
  const double full_scale = scaled ? decimal_meant(patch.i_max) : 1.0;
  for (std::size_t to = 0; to < kOperators; ++to) {
    for (std::size_t from = 0; from < kOperators; ++from) {
      wanted[to * kOperators + from] = tame(patch.modulation[to][from]) / kTwoPi;
    }
    wanted[kOperators * kOperators + to] = tame(patch.carrier[to]) / full_scale;
  }
  if (!primed_) {
    value_ = target_ = wanted;
    hops_left_ = 0;
    primed_ = true;
  } else if (wanted != target_) {
    target_ = wanted;
    hops_left_ = kRampHops;
    for (std::size_t i = 0; i < kGains; ++i) step_[i] = (target_[i] - value_[i]) / kRampHops;
  }
  resting_ = hops_left_ == 0;
  for (std::size_t i = 0; i < kGains; ++i) {
    double next = value_[i];
    if (hops_left_ > 0) next = hops_left_ == 1 ? target_[i] : value_[i] + step_[i];
    gains_[i] = {value_[i], next - value_[i]};
    value_[i] = next;
  }
  if (hops_left_ > 0) --hops_left_;
  list_edges();
}

void FmRouting::list_edges() noexcept {
  for (std::size_t op = 0; op < kOperators; ++op) {
    carrier_[op] = gains_[kOperators * kOperators + op];
    audible_[op] = carrier_[op].alive();
  }
  for (int pass = 0; pass < kOperators; ++pass) {
    for (std::size_t to = 0; to < kOperators; ++to) {
      for (std::size_t from = 0; from < kOperators && audible_[to]; ++from) {
        if (edge(to, from).alive()) audible_[from] = true;
      }
    }
  }
  cross_feedback_ = false;
  for (std::size_t to = 0; to < kOperators; ++to) {
    Inputs& inputs = inputs_[to];
    inputs.direct_count = inputs.feedback_count = 0;
    for (std::size_t from = 0; from < kOperators && audible_[to]; ++from) {
      if (!edge(to, from).alive()) continue;
      const Edge found{static_cast<int>(from), edge(to, from)};
      if (from > to) {
        inputs.direct[static_cast<std::size_t>(inputs.direct_count++)] = found;
      } else {
        inputs.feedback[static_cast<std::size_t>(inputs.feedback_count++)] = found;
        cross_feedback_ = cross_feedback_ || from != to;
      }
    }
  }
}

}  // namespace sideband
