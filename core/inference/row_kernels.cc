#include "core/inference/row_kernels.h"

#include <cmath>
#include <cstddef>
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
  const FloatV r = simd_sigmoid(load(from_input) + load(from_state));
  const FloatV z = simd_sigmoid(load(from_input + hidden) + load(from_state + hidden));
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

// to[i] = factor · from[i]; their sum, in four partial ones, for additions wait for each other. Not
// inline, because a microcontroller's flash would hold it three times.
[[gnu::noinline]] FloatV scale(const float* from, std::size_t count, float factor, float* to) {
  constexpr std::size_t kSums = 4;
  const FloatV factors = simd_splat(factor);
  FloatV sums[kSums]{};
  const auto scale_one = [&](std::size_t i, std::size_t s) {
    const FloatV scaled = simd_load(from + i) * factors;
    simd_store(to + i, scaled);
    sums[s] += scaled;
  };
  std::size_t i = 0;
  for (; i + kSums * kSimdFloats <= count; i += kSums * kSimdFloats) {
#pragma GCC unroll 4
    for (std::size_t s = 0; s < kSums; ++s) scale_one(i + s * kSimdFloats, s);
  }
  for (; i + kSimdFloats <= count; i += kSimdFloats) scale_one(i, 0);
  if (i < count) {
    const FloatV scaled = simd_load_first(from + i, count - i) * factors;
    simd_store_first(to + i, scaled, count - i);
    sums[1] += scaled;
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void distribute(const float* values, int size, int audible, float* shares) noexcept {
  const auto first = static_cast<std::size_t>(audible);
  const auto all = static_cast<std::size_t>(size);
  const FloatV sums = scale(values, first, kAudible, shares) +
                      scale(values + first, all - first, kMasked, shares + first);
  scale(shares, all, 1.0F / simd_sum(sums), shares);
}

}  // namespace

const RowKernels kPortableRowKernels{sigmoid_row, exp_sigmoid_row, norm_leaky_relu, gru_step,
                                     distribute};

}  // namespace sideband
