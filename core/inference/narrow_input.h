// What a narrow network makes of one number, in pieces on each of which it is known in closed form.
//
// Three layers (Linear → LayerNorm → LeakyReLU) and a matrix behind them turn x into what the GRU's
// gates receive. Between two corners of its LeakyReLUs all of them are products with constants, and
// with u = x − a point of the piece, b₁ = (u, 1) and, layer by layer,
//   s = 1 / √(|R b|² + ε),   the next b = (s b, 1)
// the result is V b₄. R b is, turned by a rotation, what the layer's norm is taken of: R is the
// triangular factor of that layer's products with all before it, 2 × 2, 3 × 3, 4 × 4. It is the
// same function in another order, with a tenth of the products; a network 16 wide has some fifty
// pieces. Where they end is found by bisection, between evenly spaced places twice as near each
// other as the shipped models need.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/inference/dense_layer.h"
#include "core/inference/narrow_kernels.h"
#include "core/util/arena.h"

namespace sideband {

class NarrowInput {
 public:
  static constexpr int kMlpLayers = 3;
  static constexpr int kGateOutputs = kNarrowGates * kNarrow;
  static constexpr std::size_t kMostPieces = 128;  // twice what the shipped models have

  struct Source {
    std::array<const DenseLayer*, kMlpLayers> mlp;
    const DenseLayer* gates;
    int first_column;  // of the gates' matrix, that meets the MLP's first output
    bool with_bias;    // of the gates
    float least;       // corners are looked for from this x
    float most;        // to this
  };

  // For so many pieces, at most kMostPieces. The arena must have bytes().
  static constexpr std::size_t bytes();
  void prepare(Arena& arena, std::size_t most_pieces = kMostPieces);

  // Finds pieces, for a tenth of a millisecond at most; true while there are more. The source must
  // stay the same, and be finite.
  bool load_step(const Source& source) noexcept;

  // All are there; no where there would be more than there is room for, or one above
  // kLargestColumn.
  bool complete() const noexcept { return complete_; }

  // The piece that x is in. Looks first where the last x was.
  const InputPiece& piece_at(float x) noexcept {
    while (x >= begin_[last_ + 1]) ++last_;
    while (x < begin_[last_]) --last_;
    return pieces_[last_];
  }

 private:
  // One bit for each LeakyReLU, set where its input is above 0.
  using Signs = std::uint64_t;

  // The network, inputs outermost: products of one input lie side by side.
  struct Network {
    std::array<std::array<std::array<double, kNarrow>, kNarrow>, kMlpLayers> weight;
    std::array<std::array<double, kNarrow>, kMlpLayers> bias;
    std::array<std::array<double, kNarrow>, kMlpLayers> norm_weight;
    std::array<std::array<double, kNarrow>, kMlpLayers> norm_bias;
    std::array<std::array<double, kGateOutputs>, kNarrow> gates;
    std::array<double, kGateOutputs> gates_bias;

    void read(const Source& source) noexcept;
    Signs signs(double x) const noexcept;
    void compose(Signs signs, double origin, InputPiece& piece) const noexcept;
  };

  bool end_piece(double end) noexcept;

  std::span<Network> network_;  // one
  std::span<InputPiece> pieces_;
  std::span<float> begin_;  // of each piece, and where the last one ends
  std::size_t count_ = 0;
  std::size_t last_ = 0;
  bool begun_ = false;
  bool complete_ = false;

  // While they are found: how far they are, and of the piece that is open its begin and signs.
  double x_ = 0;
  double piece_begin_ = 0;
  Signs signs_ = 0;
};

constexpr std::size_t NarrowInput::bytes() {
  return sizeof(Network) + kMostPieces * sizeof(InputPiece) + (kMostPieces + 1) * sizeof(float) +
         3 * Arena::kAlignment;
}

}  // namespace sideband
