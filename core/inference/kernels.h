// The kernels: y = W x + b for one frame, with the weights packed in the order in which they are
// read, and narrow where the model file has them narrow.
//
// Outputs are grouped into panels of `panel_vectors` SIMD vectors; within a panel the weights lie
// input by input, so that a frame streams the matrix once, front to back, while the panel's sums
// stay in registers. The last panel is as narrow as it may be. Rows are padded with zeros to a full
// vector. Where the inputs are what a ReLU made, most are 0, and only the weights of the others are
// read.
//
// Weights that are integers meet inputs that are rounded per frame; the products are exact, and the
// scales of row and frame multiply each sum at its end. I8 weights stay what they are, the inputs
// get 16 bits or as many as a sum in 32 bits allows. F16 weights become shares of the largest of
// their neighbours wherever two products of 16 bits and their sum are one instruction and widening
// a half is more (x86, WASM); the inputs get 22 bits, because the FM networks hear the difference
// to 16, in two parts that have sums of their own. Elsewhere halves become floats in registers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/inference/row_kernels.h"
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

// What a weight is while the decoder runs.
enum class WeightKind : std::uint8_t { kF32, kF16, kI16, kI8 };

// Beside I16 an input is high · 2^kPartBits + low, both parts at most 2^(kPartBits − 1) in
// magnitude.
inline constexpr int kPartBits = 11;
inline constexpr int kLargestInParts = (1 << (2 * kPartBits - 1)) - 1;
// I16 weights are at most this. So many inputs of a row have a scale, a power of two, of their own:
// most halves are exact then, and the sum of their products with a part fits 32 bits.
inline constexpr int kLargestShort = 32767;
inline constexpr int kChunk = 32;
static_assert(std::int64_t{kChunk} * kLargestShort << (kPartBits - 1) <= 0x7FFFFFFF);
// Rows up to this long become floats instead: rounding the inputs takes as long as is saved, and so
// few products do not average the rounding away (tcn_f16 of the golden decoders has rows of 48: its
// controls would differ from PyTorch's by 1.2e-5, where 1e-5 is asked).
inline constexpr int kShortRow = 48;
// So do matrices behind a ReLU, of which little is read, and those with no more weights than this:
// in WASM two parts of inputs are as many instructions as floats, and only what is too large for
// the nearest cache gains.
#if defined(__wasm_simd128__)
inline constexpr int kFewWeights = 12288;
#else
inline constexpr int kFewWeights = 0;
#endif

constexpr std::size_t weight_bytes(WeightKind kind) {
  return kind == WeightKind::kF32 ? 4 : kind == WeightKind::kI8 ? 1 : 2;
}

// How a target's kernels want a matrix. With integer weights, some inputs lie side by side for each
// output (byte_group of I8, two of I16), because one instruction multiplies and adds as many.
//
// Paired bytes: the weights of two neighbouring vectors of outputs share numbers of 16 bits, the
// first's in the low byte, kRaised too large. The sum of products with those numbers is 256 times
// the second's sum and the raised first's; with one shift for the second's own, both cost less than
// to widen either.
struct KernelLayout {
  int lanes;
  int panel_vectors;
  int short_vectors;  // of a panel of I16, whose sums are two to an output
  int byte_group;
  bool halves_as_shorts;  // F16 weights become I16
  bool paired_bytes;
};

inline constexpr int kRaised = 128;

inline constexpr KernelLayout kCortexM7Layout{4, 2, 2, 4, false, false};
#if defined(SIDEBAND_M_PROFILE)
inline constexpr bool kHasMemoryForTables = false;
inline constexpr bool kSkipsZeros = false;  // its kernels take eight inputs at a time
#else
inline constexpr bool kHasMemoryForTables = true;
inline constexpr bool kSkipsZeros = true;
#endif

#if defined(SIDEBAND_M_PROFILE)
inline constexpr KernelLayout kLayout = kCortexM7Layout;
#elif defined(__wasm_simd128__)
inline constexpr KernelLayout kLayout{kSimdFloats, 4, 4, 2, true, true};
#else
#if defined(__SSE2__)
inline constexpr bool kHalvesAsShorts = true;
#else
inline constexpr bool kHalvesAsShorts = false;
#endif
inline constexpr KernelLayout kLayout{kSimdFloats, kHasMultiplyAdd ? 8 : 4, 4,
                                      2,           kHalvesAsShorts,         true};
#endif

// Sums held in registers: eight hide the latency of a fused multiply-add. Without one, four do
// (more products are added to each other first), and engines for WASM would spill eight to the
// stack. A microcontroller has 32 registers of a single float.
inline constexpr int kPanelVectors = kLayout.panel_vectors;

constexpr WeightKind kind_of(DataType type, int inputs, int outputs, const KernelLayout& layout,
                             bool rectified = false) {
  if (type == DataType::kF32) return WeightKind::kF32;
  if (type == DataType::kI8) return WeightKind::kI8;
  if (!layout.halves_as_shorts) return WeightKind::kF16;
  if (rectified) return WeightKind::kF32;
  const bool small = inputs <= kShortRow || inputs * outputs <= kFewWeights;
  return small ? WeightKind::kF32 : WeightKind::kI16;
}
constexpr bool is_integer(WeightKind kind) {
  return kind == WeightKind::kI16 || kind == WeightKind::kI8;
}
constexpr int input_group(WeightKind kind, const KernelLayout& layout) {
  return kind == WeightKind::kI8 ? layout.byte_group : kind == WeightKind::kI16 ? 2 : 1;
}

constexpr int padded_outputs(int outputs, const KernelLayout& layout) {
  return (outputs + layout.lanes - 1) / layout.lanes * layout.lanes;
}
constexpr bool has_pairs(WeightKind kind, const KernelLayout& layout) {
  return kind == WeightKind::kI8 && layout.paired_bytes;
}
// Whether a paired byte is the low one.
constexpr bool is_low_byte(int output, const KernelLayout& layout) {
  return output / layout.lanes % 2 == 0;
}
// Outputs that the packed matrix has room for.
constexpr int packed_outputs(WeightKind kind, int outputs, const KernelLayout& layout) {
  const int vector = (has_pairs(kind, layout) ? 2 : 1) * layout.lanes;
  return (outputs + vector - 1) / vector * vector;
}
constexpr int packed_inputs(WeightKind kind, int inputs, const KernelLayout& layout) {
  const int group = input_group(kind, layout);
  return (inputs + group - 1) / group * group;
}
// Values that the rounded inputs take.
constexpr int rounded_size(WeightKind kind, int inputs, const KernelLayout& layout) {
  return packed_inputs(kind, inputs, layout) * (kind == WeightKind::kI16 ? 2 : 1);
}
// Scales of a row.
constexpr int scales_per_row(WeightKind kind, int inputs) {
  return kind == WeightKind::kI16 ? (inputs + kChunk - 1) / kChunk : 1;
}
constexpr std::size_t packed_bytes(WeightKind kind, int inputs, int outputs,
                                   const KernelLayout& layout) {
  return static_cast<std::size_t>(packed_inputs(kind, inputs, layout)) *
         static_cast<std::size_t>(packed_outputs(kind, outputs, layout)) * weight_bytes(kind);
}

// Where the weights of one output lie in the packed matrix, in bytes.
struct PackedRow {
  std::size_t first;        // of input 0
  std::size_t group_bytes;  // from one group of inputs to the next
  std::size_t place_bytes;  // from one input of a group to the next
  int group_shift;          // a group has 2^group_shift inputs
  bool crossed;             // inputs 1 and 2 of a group have changed places

  constexpr std::size_t offset(int input) const {
    int place = input & ((1 << group_shift) - 1);
    if (crossed && (place == 1 || place == 2)) place = 3 - place;
    return first + static_cast<std::size_t>(input >> group_shift) * group_bytes +
           static_cast<std::size_t>(place) * place_bytes;
  }
};

constexpr PackedRow packed_row(WeightKind kind, int inputs, int outputs, int output,
                               const KernelLayout& layout) {
  const int full =
      (kind == WeightKind::kI16 ? layout.short_vectors : layout.panel_vectors) * layout.lanes;
  const int group = input_group(kind, layout);
  const int first = output / full * full;  // output of the panel
  const int rest = packed_outputs(kind, outputs, layout) - first;
  const int width = rest < full ? rest : full;
  const bool pairs = has_pairs(kind, layout);
  int column = (output - first) * group;
  if (pairs) {
    const int vector = (output - first) / layout.lanes;
    const int lane = output % layout.lanes;
    column = vector / 2 * 2 * layout.lanes * group + 2 * lane * group + vector % 2;
  }
  const std::size_t bytes = weight_bytes(kind);
  const std::size_t before = static_cast<std::size_t>(first) *
                             static_cast<std::size_t>(packed_inputs(kind, inputs, layout));
  return {.first = (before + static_cast<std::size_t>(column)) * bytes,
          .group_bytes = static_cast<std::size_t>(width * group) * bytes,
          .place_bytes = (pairs ? 2 : 1) * bytes,
          .group_shift = group / 2,  // groups have 1, 2 or 4 inputs
          // What widens bytes 0 and 2 of a word at once should find neighbours there.
          .crossed = layout.lanes == kCortexM7Layout.lanes && group == 4};
}

struct Kernels;
struct NarrowKernels;

struct PackedMatrix {
  const Kernels* kernels = nullptr;    // whose layout the weights have
  const std::byte* weights = nullptr;  // packed_bytes() and kReadAheadBytes more
  WeightKind kind = WeightKind::kF32;
  const float* bias = nullptr;             // padded like a row
  const float* scale = nullptr;            // integers: of each output, padded like a row; I16: for
                                           // every chunk of inputs in turn
  const std::int32_t* row_sums = nullptr;  // I8, if kernels->needs_row_sums: padded like a row
  std::int16_t* rounded = nullptr;         // integers: room for rounded_size() values
  std::uint16_t* nonzero = nullptr;        // floats whose inputs are mostly 0: nonzero_room() for
                                           // the indices of the others
  NormWeights norm{};                      // of kNorm
  int inputs = 0;
  int outputs = 0;
};

enum class Epilogue : std::uint8_t {
  kStore,       // y = W x + b
  kRelu,        // y = max(0, W x + b); what is not a number becomes 0
  kAccumulate,  // y += W x + b
  kNorm,        // y = LeakyReLU(LayerNorm(W x + b))
};

// The kernels for a kind of machine.
struct Kernels {
  const char* name;
  KernelLayout layout;
  bool needs_row_sums;
  // `inputs` values from x, `outputs` to y; they must not overlap. Pointers, because WebAssembly
  // passes a span through memory, and what computes with it then waits for that.
  void (*gemv)(const PackedMatrix& matrix, const float* x, float* y, Epilogue epilogue) noexcept;
  const RowKernels* rows;
  const NarrowKernels* narrow;  // null where a narrow GRU is run layer by layer
};

// Those of the instructions that the program was compiled for.
const Kernels& portable_kernels() noexcept;

// Those of this machine. Looks at the processor, so not for the audio thread.
const Kernels& best_kernels() noexcept;

inline void gemv(const PackedMatrix& matrix, std::span<const float> x, std::span<float> y,
                 Epilogue epilogue) noexcept {
  matrix.kernels->gemv(matrix, x.data(), y.data(), epilogue);
}

}  // namespace sideband
