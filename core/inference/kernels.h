// The portable kernel: y = W x + b for one frame, with the weights packed in the order in which
// they are read.
//
// Outputs are grouped into panels of kPanelVectors SIMD vectors; within a panel the weights lie
// input by input, so that a frame streams the matrix once, front to back, while the panel's sums
// stay in registers. The last panel is as narrow as it may be. Rows are padded with zeros to a full
// vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/util/simd.h"
#include "core/util/tensor.h"

namespace sideband {

// Sums held in registers: eight hide the latency of a fused multiply-add. Without one, four do
// (more products are added to each other first), and engines for WASM would spill eight to the
// stack.
inline constexpr int kPanelVectors = kHasMultiplyAdd ? 8 : 4;

// How far ahead of the arithmetic weights are fetched, and how much memory past the packed matrix
// may therefore be touched.
#if defined(__wasm__)
inline constexpr int kPrefetchFloats = 256;
inline constexpr int kReadAheadFloats = 512;
#else
inline constexpr int kPrefetchFloats = 1024;
inline constexpr int kReadAheadFloats = 0;  // a prefetch instruction never faults
#endif

struct PackedMatrix {
  const float* weights = nullptr;  // packed_floats() and kReadAheadFloats more
  const float* bias = nullptr;     // padded like a row
  int inputs = 0;
  int outputs = 0;
};

constexpr int padded_outputs(int outputs) {
  return (outputs + kSimdFloats - 1) / kSimdFloats * kSimdFloats;
}
constexpr std::size_t packed_floats(int inputs, int outputs) {
  return static_cast<std::size_t>(inputs) * static_cast<std::size_t>(padded_outputs(outputs));
}

// Where weight (output, input) lies in the packed matrix.
constexpr std::size_t packed_index(int inputs, int outputs, int output, int input) {
  constexpr int kPanel = kPanelVectors * kSimdFloats;
  const int panel = output / kPanel;
  const int rest = padded_outputs(outputs) - panel * kPanel;
  const int width = rest < kPanel ? rest : kPanel;
  return static_cast<std::size_t>(panel) * kPanel * static_cast<std::size_t>(inputs) +
         static_cast<std::size_t>(input) * static_cast<std::size_t>(width) +
         static_cast<std::size_t>(output - panel * kPanel);
}

enum class Epilogue : std::uint8_t {
  kStore,       // y = W x + b
  kRelu,        // y = max(0, W x + b); what is not a number becomes 0
  kAccumulate,  // y += W x + b
};

// x.size() == inputs, y.size() == outputs; x and y must not overlap.
void gemv(const PackedMatrix& matrix, std::span<const float> x, std::span<float> y,
          Epilogue epilogue) noexcept;

}  // namespace sideband
