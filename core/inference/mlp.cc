#include "core/inference/mlp.h"

namespace sideband {
namespace {

// Sum of f(value), in as many partial sums as a vector has lanes.
template <typename Function>
float sum_of(std::span<const float> values, Function function) {
  FloatV sums{};
  std::size_t i = 0;
  for (; i + kSimdFloats <= values.size(); i += kSimdFloats) {
    sums += function(simd_load(&values[i]));
  }
  float sum = simd_sum(sums);
  for (; i < values.size(); ++i) sum += function(simd_splat(values[i]))[0];
  return sum;
}

}  // namespace

void layer_norm(std::span<float> values, std::span<const float> weight,
                std::span<const float> bias) noexcept {
  constexpr float kEpsilon = 1e-5F;
  const auto size = static_cast<float>(values.size());
  const float mean = sum_of(values, [](FloatV v) { return v; }) / size;
  const float variance =
      sum_of(values, [mean](FloatV v) { return (v - mean) * (v - mean); }) / size;
  const float scale = 1.0F / std::sqrt(variance + kEpsilon);
  std::size_t i = 0;
  for (; i + kSimdFloats <= values.size(); i += kSimdFloats) {
    const FloatV normal = (simd_load(&values[i]) - mean) * scale;
    simd_store(&values[i], normal * simd_load(&weight[i]) + simd_load(&bias[i]));
  }
  for (; i < values.size(); ++i) values[i] = (values[i] - mean) * scale * weight[i] + bias[i];
}

std::span<const float> copy_vector(TensorTable& table, const TensorName& name, int size,
                                   Arena& arena) {
  const WeightTensor tensor = table.take(name, {size});
  const std::span<float> copy = arena.take<float>(static_cast<std::size_t>(size));
  if (tensor.tensor.data.empty() || copy.empty()) return copy;
  for (std::size_t i = 0; i < copy.size(); ++i) tensor.read(i, 1, 0, 1, copy.subspan(i, 1));
  return copy;
}

}  // namespace sideband
