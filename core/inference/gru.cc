#include "core/inference/gru.h"

namespace sideband {

void gru_step(std::span<float> from_input, std::span<float> from_state,
              std::span<float> state) noexcept {
  const std::size_t hidden = state.size();
  const std::span<float> gates = from_input.first(2 * hidden);  // r, then z
  for (std::size_t i = 0; i < gates.size(); ++i) gates[i] += from_state[i];
  sigmoid(gates);
  const std::span<float> candidate = from_input.subspan(2 * hidden, hidden);
  for (std::size_t i = 0; i < hidden; ++i) {
    candidate[i] += gates[i] * from_state[2 * hidden + i];
  }
  apply(candidate, simd_tanh);
  for (std::size_t i = 0; i < hidden; ++i) {
    const float z = gates[hidden + i];
    state[i] = (1.0F - z) * candidate[i] + z * state[i];
  }
}

}  // namespace sideband
