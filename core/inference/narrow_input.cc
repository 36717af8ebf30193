#include "core/inference/narrow_input.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sideband {
namespace {

constexpr std::size_t kWidth = kNarrow;
constexpr int kStepEvaluations = 64;   // of the network's signs, below 0.1 ms
constexpr int kPieceEvaluations = 16;  // that composing a piece takes as long as
constexpr double kPlaces = 512;  // between the least x and the most; 256 find the same corners
constexpr double kCornerWidth = 2e-8;  // below what floats near 1 resolve

// Columns over the sixteen units of a layer.
constexpr std::size_t kMostColumns = InputPiece::kBasis;
using Column = std::array<double, kWidth>;
using Columns = std::array<Column, kMostColumns>;

double dot(const Column& a, const Column& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kWidth; ++i) sum += a[i] * b[i];
  return sum;
}

void center(Column& column) {
  double sum = 0;
  for (const double value : column) sum += value;
  for (double& value : column) value -= sum / kNarrow;
}

// The triangular factor of `count` columns, by Gram and Schmidt's method as it is stable:
// |columns · b| = |factor · b| for every b.
using Factor = std::array<std::array<double, 4>, 4>;  // column, row
Factor triangular_factor(Columns columns, std::size_t count) {
  Factor factor{};
  for (std::size_t j = 0; j < count; ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      factor[j][i] = dot(columns[i], columns[j]);
      for (std::size_t n = 0; n < kWidth; ++n) columns[j][n] -= factor[j][i] * columns[i][n];
    }
    factor[j][j] = std::sqrt(dot(columns[j], columns[j]));
    const double one_of = factor[j][j] > 0 ? 1 / factor[j][j] : 0;
    for (double& value : columns[j]) value *= one_of;
  }
  return factor;
}

}  // namespace

void NarrowInput::prepare(Arena& arena, std::size_t most_pieces) {
  network_ = arena.take_raw<Network>(1);
  pieces_ = arena.take_raw<InputPiece>(most_pieces);
  begin_ = arena.take_raw<float>(most_pieces + 1);
  count_ = 0;
  last_ = 0;
  begun_ = false;
  complete_ = false;
}

void NarrowInput::Network::read(const Source& source) noexcept {
  std::array<float, 2 * kNarrow> row;
  for (std::size_t k = 0; k < kMlpLayers; ++k) {
    const DenseLayer& layer = *source.mlp[k];
    const auto inputs = static_cast<std::size_t>(layer.shape().inputs);
    for (std::size_t o = 0; o < kWidth; ++o) {
      layer.tensors().read_weights(layer.shape(), o, 0, std::span(row).first(inputs));
      for (std::size_t i = 0; i < inputs; ++i) weight[k][i][o] = row[i];
      bias[k][o] = layer.tensors().bias_of(o);
      norm_weight[k][o] = layer.norm().weight[o];
      norm_bias[k][o] = layer.norm().bias[o];
    }
  }
  for (std::size_t o = 0; o < kGateOutputs; ++o) {
    const std::span<float> part = std::span(row).first(kWidth);
    source.gates->tensors().read_weights(source.gates->shape(), o, source.first_column, part);
    for (std::size_t i = 0; i < kWidth; ++i) gates[i][o] = part[i];
    gates_bias[o] = source.with_bias ? source.gates->tensors().bias_of(o) : 0;
  }
}

NarrowInput::Signs NarrowInput::Network::signs(double x) const noexcept {
  Signs signs = 0;
  Column values{x};
  for (std::size_t k = 0; k < kMlpLayers; ++k) {
    Column sums = bias[k];
    const std::size_t inputs = k == 0 ? 1 : kWidth;
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t o = 0; o < kWidth; ++o) sums[o] += weight[k][i][o] * values[i];
    }
    center(sums);
    const double scale = 1 / std::sqrt(dot(sums, sums) / kNarrow + double{kNormEpsilon});
    for (std::size_t o = 0; o < kWidth; ++o) {
      const double value = sums[o] * scale * norm_weight[k][o] + norm_bias[k][o];
      values[o] = std::max(value, double{kLeakySlope} * value);
      signs |= Signs{value > 0} << (kWidth * k + o);
    }
  }
  return signs;
}

void NarrowInput::Network::compose(Signs signs, double origin, InputPiece& piece) const noexcept {
  piece.origin = static_cast<float>(origin);
  // A layer's products over b, of which the last value is always 1.
  Columns sums{weight[0][0], bias[0]};
  for (std::size_t o = 0; o < kWidth; ++o) sums[1][o] += weight[0][0][o] * double{piece.origin};
  auto norm = piece.norm.begin();
  for (std::size_t k = 0; k < kMlpLayers; ++k) {
    const std::size_t count = k + 2;
    for (std::size_t j = 0; j < count; ++j) center(sums[j]);
    const Factor factor = triangular_factor(sums, count);
    for (std::size_t j = 0; j < count; ++j, ++norm) {
      for (std::size_t i = 0; i < norm->size(); ++i) {
        (*norm)[i] = static_cast<float>(factor[j][i] / std::sqrt(double{kNarrow}));
      }
    }
    Columns outputs{};
    for (std::size_t o = 0; o < kWidth; ++o) {
      const bool above = (signs >> (kWidth * k + o) & 1U) != 0;
      const double slope = above ? 1 : double{kLeakySlope};
      for (std::size_t j = 0; j < count; ++j) {
        outputs[j][o] = sums[j][o] * norm_weight[k][o] * slope;
      }
      outputs[count][o] = norm_bias[k][o] * slope;
    }
    if (k + 1 == kMlpLayers) {
      for (std::size_t j = 0; j < kMostColumns; ++j) {
        for (std::size_t o = 0; o < kGateOutputs; ++o) {
          double sum = j + 1 == kMostColumns ? gates_bias[o] : 0;
          for (std::size_t i = 0; i < kWidth; ++i) sum += gates[i][o] * outputs[j][i];
          piece.gates[o / kWidth][j][o % kWidth] = static_cast<float>(sum);
        }
      }
      return;
    }
    for (std::size_t j = 0; j <= count; ++j) {
      sums[j] = j == count ? bias[k + 1] : Column{};
      for (std::size_t i = 0; i < kWidth; ++i) {
        for (std::size_t o = 0; o < kWidth; ++o) sums[j][o] += weight[k + 1][i][o] * outputs[j][i];
      }
    }
  }
}

// The piece that is open ends here, and the next begins. Whether this one will do; if not, there
// is no room for others.
bool NarrowInput::end_piece(double end) noexcept {
  InputPiece& piece = pieces_[count_];
  network_[0].compose(signs_, 0.5 * (piece_begin_ + end), piece);
  for (const auto& column : piece.norm) {
    for (const float value : column) {
      if (std::abs(value) <= kLargestColumn) continue;
      count_ = pieces_.size();
      return false;
    }
  }
  ++count_;
  begin_[count_] = static_cast<float>(end);
  piece_begin_ = end;
  return true;
}

bool NarrowInput::load_step(const Source& source) noexcept {
  if (complete_ || count_ == pieces_.size()) return false;
  if (!begun_) {
    begun_ = true;
    network_[0].read(source);
    x_ = piece_begin_ = double{source.least};
    signs_ = network_[0].signs(x_);
    begin_[0] = -std::numeric_limits<float>::infinity();
  }
  const double place = (double{source.most} - double{source.least}) / kPlaces;
  for (int left = kStepEvaluations; left > 0 && x_ < double{source.most}; --left) {
    double next = x_ + place;
    Signs signs = network_[0].signs(next);
    if (signs == signs_) {
      x_ = next;
      continue;
    }
    for (; next - x_ > kCornerWidth; --left) {
      const double middle = 0.5 * (x_ + next);
      const Signs there = network_[0].signs(middle);
      (there == signs_ ? x_ : next) = middle;
      if (there != signs_) signs = there;
    }
    if (!end_piece(next) || count_ == pieces_.size()) return false;
    x_ = next;
    signs_ = signs;
    left -= kPieceEvaluations;
  }
  if (x_ < double{source.most}) return true;
  if (!end_piece(x_)) return false;
  begin_[count_] = std::numeric_limits<float>::infinity();
  complete_ = true;
  return false;
}

}  // namespace sideband
