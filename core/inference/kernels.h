// The portable kernels: y = W x + b for one frame, with the weights packed in the order in which
// they are read, as wide as the model file has them: F32, F16 or I8.
//
// Outputs are grouped into panels of kPanelVectors SIMD vectors; within a panel the weights lie
// input by input, so that a frame streams the matrix once, front to back, while the panel's sums
// stay in registers. The last panel is as narrow as it may be. Rows are padded with zeros to a full
// vector.
//
// F16 weights become floats in registers. I8 weights meet inputs that are rounded, per frame, to as
// many of 16 bits as a sum in 32 bits allows; the products are exact, and the scales of row and
// frame multiply each sum at its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/util/simd.h"
#include "core/util/tensor.h"

namespace sideband {

// How far ahead of the arithmetic weights are fetched, and how much memory past the packed matrix
// may therefore be touched.
#if defined(__wasm__)
inline constexpr int kPrefetchBytes = 1024;
inline constexpr int kReadAheadBytes = 2048;
#else
inline constexpr int kPrefetchBytes = 4096;
inline constexpr int kReadAheadBytes = 0;  // a prefetch instruction never faults
#endif

// How a target's kernels want a matrix. With I8 weights, byte_group inputs lie side by side for
// each output, because one instruction multiplies and adds as many.
struct KernelLayout {
  int lanes;
  int panel_vectors;
  int byte_group;
};

inline constexpr KernelLayout kCortexM7Layout{4, 2, 4};
#if defined(SIDEBAND_M_PROFILE)
inline constexpr KernelLayout kLayout = kCortexM7Layout;
#else
inline constexpr KernelLayout kLayout{kSimdFloats, kHasMultiplyAdd ? 8 : 4, 2};
#endif

// Sums held in registers: eight hide the latency of a fused multiply-add. Without one, four do
// (more products are added to each other first), and engines for WASM would spill eight to the
// stack. A microcontroller has 32 registers of a single float.
inline constexpr int kPanelVectors = kLayout.panel_vectors;

struct PackedMatrix {
  const std::byte* weights = nullptr;  // packed_bytes() and kReadAheadBytes more
  DataType type = DataType::kF32;
  const float* bias = nullptr;      // padded like a row
  const float* scale = nullptr;     // I8: of each output, padded like a row
  std::int16_t* rounded = nullptr;  // I8: room for packed_inputs() values
  int inputs = 0;
  int outputs = 0;
};

constexpr int padded_outputs(int outputs, const KernelLayout& layout = kLayout) {
  return (outputs + layout.lanes - 1) / layout.lanes * layout.lanes;
}
constexpr int packed_inputs(DataType type, int inputs, const KernelLayout& layout = kLayout) {
  const int group = type == DataType::kI8 ? layout.byte_group : 1;
  return (inputs + group - 1) / group * group;
}
constexpr std::size_t packed_bytes(DataType type, int inputs, int outputs,
                                   const KernelLayout& layout = kLayout) {
  return static_cast<std::size_t>(packed_inputs(type, inputs, layout)) *
         static_cast<std::size_t>(padded_outputs(outputs, layout)) * element_bytes(type);
}

// The byte at which weight (output, input) lies in the packed matrix.
constexpr std::size_t packed_offset(DataType type, int inputs, int outputs, int output, int input,
                                    const KernelLayout& layout = kLayout) {
  const int full = layout.panel_vectors * layout.lanes;
  const int group = type == DataType::kI8 ? layout.byte_group : 1;
  const int first = output / full * full;
  const int rest = padded_outputs(outputs, layout) - first;
  const int width = rest < full ? rest : full;
  int place = input % group;
  // What widens bytes 0 and 2 of a word at once should find neighbours there.
  if (group == 4 && (place == 1 || place == 2)) place = 3 - place;
  return (static_cast<std::size_t>(first) *
              static_cast<std::size_t>(packed_inputs(type, inputs, layout)) +
          static_cast<std::size_t>(input / group) * static_cast<std::size_t>(width * group) +
          static_cast<std::size_t>((output - first) * group + place)) *
         element_bytes(type);
}

enum class Epilogue : std::uint8_t {
  kStore,       // y = W x + b
  kRelu,        // y = max(0, W x + b); what is not a number becomes 0
  kAccumulate,  // y += W x + b
};

// x.size() == inputs, y.size() == outputs; x and y must not overlap.
void gemv(const PackedMatrix& matrix, std::span<const float> x, std::span<float> y,
          Epilogue epilogue) noexcept;

// For I8: rounded[i] = x[i] / unit, rounded to nearest, where unit is what is returned. Inputs that
// are not finite make all of them 0.
float round_inputs(std::span<const float> x, std::span<std::int16_t> rounded) noexcept;

}  // namespace sideband
