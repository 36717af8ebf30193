#include "core/inference/row_kernels.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/inference/activations.h"
#include "core/util/simd.h"

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

std::span<float> row(float* values, int size) {
  return {values, static_cast<std::size_t>(size)};
}

void sigmoid_row(float* values, int size) noexcept {
  sigmoid(row(values, size));
}
void exp_sigmoid_row(float* values, int size) noexcept {
  exp_sigmoid(row(values, size));
}

void norm_leaky_relu(float* from, int count, const NormWeights& norm) noexcept {
  const std::span<float> values = row(from, count);
  const auto size = static_cast<float>(count);
  const float mean = sum_of(values, [](FloatV v) { return v; }) / size;
  const float variance =
      sum_of(values, [mean](FloatV v) { return (v - mean) * (v - mean); }) / size;
  const float scale = 1.0F / std::sqrt(variance + kNormEpsilon);
  const auto normal = [mean, scale](FloatV v, FloatV weight, FloatV bias) {
    return simd_leaky_relu((v - mean) * scale * weight + bias);
  };
  std::size_t i = 0;
  for (; i + kSimdFloats <= values.size(); i += kSimdFloats) {
    simd_store(&values[i],
               normal(simd_load(&values[i]), simd_load(norm.weight + i), simd_load(norm.bias + i)));
  }
  const std::size_t rest = values.size() - i;
  if (rest == 0) return;
  simd_store_first(&values[i],
                   normal(simd_load_first(&values[i], rest), simd_load_first(norm.weight + i, rest),
                          simd_load_first(norm.bias + i, rest)),
                   rest);
}

// A vector of the state: `load` reads from there, of the input's or the state's three parts.
template <typename Load>
inline FloatV next_state(const float* from_input, const float* from_state, std::size_t hidden,
                         FloatV state, Load load) {
  const FloatV r = simd_gate_sigmoid(load(from_input) + load(from_state));
  const FloatV z = simd_gate_sigmoid(load(from_input + hidden) + load(from_state + hidden));
  const FloatV n = simd_tanh(load(from_input + 2 * hidden) + r * load(from_state + 2 * hidden));
  return (1.0F - z) * n + z * state;
}

void gru_step(const float* from_input, const float* from_state, const float* before, float* after,
              int width) noexcept {
  const auto hidden = static_cast<std::size_t>(width);
  std::size_t i = 0;
  for (; i + kSimdFloats <= hidden; i += kSimdFloats) {
    simd_store(after + i, next_state(from_input + i, from_state + i, hidden, simd_load(before + i),
                                     [](const float* from) { return simd_load(from); }));
  }
  const std::size_t rest = hidden - i;
  if (rest == 0) return;
  simd_store_first(
      after + i,
      next_state(from_input + i, from_state + i, hidden, simd_load_first(before + i, rest),
                 [rest](const float* from) { return simd_load_first(from, rest); }),
      rest);
}

// Four values at a time whatever the target's vectors are: hardly any are left over, and what is
// left over takes as long as ten vectors.
void distribute(const float* values, int size, int audible, float* shares) noexcept {
  using Four = float __attribute__((vector_size(16)));
  using FourInts = std::int32_t __attribute__((vector_size(16)));
  constexpr int kLanes = 4;
  const auto load = [](const float* from) {
    Four v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  };
  const FourInts end = audible - FourInts{};
  const Four counted = kAudible - Four{};
  const Four masked = kMasked - Four{};
  FourInts place{0, 1, 2, 3};
  Four sums{};
  Four more{};  // additions wait for each other
  const auto scale = [&](int i, Four& to) {
    const Four scaled = load(values + i) * (place < end ? counted : masked);
    std::memcpy(shares + i, &scaled, sizeof(scaled));
    to += scaled;
    place += kLanes;
  };
  int i = 0;
  for (; i + 2 * kLanes <= size; i += 2 * kLanes) {
    scale(i, sums);
    scale(i + kLanes, more);
  }
  if (i + kLanes <= size) {
    scale(i, sums);
    i += kLanes;
  }
  sums += more;
  float sum = (sums[0] + sums[2]) + (sums[1] + sums[3]);
  for (; i < size; ++i) {
    shares[i] = values[i] * (i < audible ? kAudible : kMasked);
    sum += shares[i];
  }
  const float one_of = 1.0F / sum;
  for (i = 0; i + kLanes <= size; i += kLanes) {
    const Four share = load(shares + i) * one_of;
    std::memcpy(shares + i, &share, sizeof(share));
  }
  for (; i < size; ++i) shares[i] *= one_of;
}

}  // namespace

const RowKernels kPortableRowKernels{sigmoid_row, exp_sigmoid_row, norm_leaky_relu, gru_step,
                                     distribute};

}  // namespace sideband
