#include "core/inference/mlp.h"

namespace sideband {

std::span<const float> copy_vector(TensorTable& table, const TensorName& name, int size,
                                   Arena& arena) {
  const WeightTensor tensor = table.take(name, {size});
  const std::span<float> copy = arena.take<float>(static_cast<std::size_t>(size));
  if (tensor.tensor.data.empty() || copy.empty()) return copy;
  for (std::size_t i = 0; i < copy.size(); ++i) tensor.read(i, 1, 0, 1, copy.subspan(i, 1));
  return copy;
}

}  // namespace sideband
