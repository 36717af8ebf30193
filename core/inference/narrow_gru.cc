#include "core/inference/narrow_gru.h"

#include <algorithm>
#include <cmath>

#include "core/inference/feature_scaling.h"

namespace sideband {
namespace {

constexpr std::size_t kWidth = kNarrow;

// Output `from` of a layer to the output `to` of a panel.
template <typename Panel, typename Bias>
void read_row(const DenseLayer& layer, std::size_t from, std::size_t to, Panel& panel, Bias& bias) {
  std::array<float, NarrowWeights::kInputs> row;
  const auto inputs = static_cast<std::size_t>(layer.shape().inputs);
  layer.tensors().read_weights(layer.shape(), from, 0, std::span(row).first(inputs));
  for (std::size_t i = 0; i < inputs; ++i) panel[i][to] = row[i];
  bias[to] = layer.tensors().bias_of(from);
}

void center(std::array<float, kNarrow>& values) {
  double sum = 0;
  for (const float value : values) sum += double{value};
  for (float& value : values) value = static_cast<float>(double{value} - sum / kNarrow);
}

bool within_bounds(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::abs(value) <= kLargestWeight; });
}

}  // namespace

void NarrowGru::prepare(Arena& arena, const Kernels& kernels) {
  kernels_ = kernels.narrow;
  const std::span<NarrowWeights> weights = arena.take<NarrowWeights>(1);
  weights_ = weights.data();
  pitch_.prepare(arena);
  loudness_.prepare(arena);
  read_ = false;
  within_bounds_ = true;
  ready_ = false;
}

void NarrowGru::read(const Source& source) noexcept {
  NarrowWeights& to = *weights_;
  for (std::size_t g = 0; g < kNarrowGates; ++g) {
    for (std::size_t o = 0; o < kWidth; ++o) {
      read_row(*source.state_gates, g * kWidth + o, o, to.state[g], to.state_bias[g]);
    }
  }
  for (std::size_t k = 0; k < to.out.size(); ++k) {
    const DenseLayer& layer = *source.out[k];
    NarrowWeights::Layer& out = to.out[k];
    for (std::size_t o = 0; o < kWidth; ++o) {
      read_row(layer, o, o, out.weight, out.bias);
      out.norm_weight[o] = kRootOfNarrow * layer.norm().weight[o];
      out.norm_bias[o] = layer.norm().bias[o];
    }
    for (const auto& row : out.weight) within_bounds_ = within_bounds_ && within_bounds(row);
    for (const auto& row : {out.bias, out.norm_weight, out.norm_bias}) {
      within_bounds_ = within_bounds_ && within_bounds(row);
    }
    for (auto& row : out.weight) center(row);
    center(out.bias);
  }
  std::size_t output = 0;
  for (const DenseLayer* head : source.heads) {
    for (std::size_t o = 0; o < static_cast<std::size_t>(head->shape().outputs); ++o, ++output) {
      const std::size_t panel = output / kWidth;
      read_row(*head, o, output % kWidth, to.heads[panel], to.heads_bias[panel]);
      to.heads_bias[panel][output % kWidth] *= NarrowWeights::kHeadsFactor;
    }
  }
  to.outputs = static_cast<int>(output);
}

bool NarrowGru::load_step(const Source& source) noexcept {
  if (!read_) {
    read(source);
    read_ = true;
    return within_bounds_;
  }
  if (!within_bounds_) return false;
  const ScaledFeatures least = scale_features({kLowestPitchHz, 1, kLoudnessFloorDb});
  const ScaledFeatures most = scale_features({kHighestPitchHz, 1, kLoudnessCeilingDb});
  // The gates' bias is added once.
  if (pitch_.load_step({source.pitch, source.input_gates, 0, true, least.pitch, most.pitch})) {
    return true;
  }
  if (pitch_.complete() && loudness_.load_step({source.loudness, source.input_gates, kNarrow, false,
                                                least.loudness, most.loudness})) {
    return true;
  }
  ready_ = pitch_.complete() && loudness_.complete();
  return false;
}

}  // namespace sideband
