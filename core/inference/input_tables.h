// What the GRU's gates receive from pitch and loudness, looked up instead of computed.
//
// Each input goes through a network of its own, and the gates add up what the two make of them. So
// what they receive is G(pitch, loudness) = P(pitch) + L(loudness), two functions of one number,
// however large the networks are: three fifths of the work of a frame become two additions of rows.
//
// Twelve knots to a semitone and six to a dB where instruments play: of the shipped models the
// sound differs by −85 to −88 dB from that of the networks (tests/cli/ab_test.py). Beyond, where
// only transposition and gain lead, a norm behind the first layer leaves the function nearly
// straight, and few knots do: what the gates receive is within −86 dB there too. All that
// scale_features() gives is covered, so that no note takes more work than another.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/inference/frames.h"
#include "core/inference/tabulated_function.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"

namespace sideband {

class InputTables {
 public:
  static constexpr std::size_t kInputs = 2;  // scaled pitch and loudness (feature_scaling.h)

  static std::size_t bytes(std::size_t width) {
    return TabulatedFunction::bytes(kKnots[0], width) + TabulatedFunction::bytes(kKnots[1], width);
  }

  // Tables of a model file, `decoder.tables.pitch` and `decoder.tables.loudness`: what table()
  // showed once, so that loading need not ask the networks. Both are empty where the file has none.
  using Stored = std::array<WeightTensor, kInputs>;
  static Stored take_stored(TensorTable& table, int width);

  // Memory for rows of `width` values. What is stored must outlive the last copy_some().
  void prepare(std::size_t width, Arena& arena, const Stored& stored = {});

  // Takes over a piece of what is stored, 128 kB or one row; false where nothing is.
  bool copy_some() noexcept;

  // To fill them, so many frames at a time: the next inputs whose G is wanted, then what it is
  // (which is overwritten), until filled(). ask() returns the only input that is not what it was in
  // all frames before, or kInputs if there may be more.
  std::size_t ask(const Frames& inputs) const noexcept;
  void answer(const Frames& values) noexcept;
  bool filled() const noexcept { return asked_ == kQuestions; }

  // Of input 0, pitch, or 1, loudness; empty before filled().
  TableView table(std::size_t input) const noexcept {
    return filled() ? functions_[input].view() : TableView{};
  }

  // Whether look_up() knows all of these inputs: none before filled().
  bool cover(const ConstFrames& inputs) const noexcept;

  // values = G(input).
  void look_up(std::span<const float> input, std::span<float> values) const noexcept;

 private:
  // Notes −37 to 136, densest from 33 to 3322 Hz; −80 dB to 40 dB, densest below 8.
  static constexpr std::array<Knots, kInputs> kKnots{
      Knots{
          {KnotStretch{.first = -37.0F / 127, .per_unit = 2 * 127, .count = 2 * (24 + 37)},
           KnotStretch{.first = 24.0F / 127, .per_unit = 12 * 127, .count = 12 * (104 - 24)},
           KnotStretch{.first = 104.0F / 127, .per_unit = 2 * 127, .count = 2 * (136 - 104) + 1}}},
      Knots{{KnotStretch{.first = 0, .per_unit = 6 * 80, .count = 6 * (80 + 8)},
             KnotStretch{.first = 1.1F, .per_unit = 80, .count = 40 - 8 + 1}}}};
  // All of pitch's knots beside loudness's first one, then the reverse.
  static constexpr int kQuestions = kKnots[0].count() + kKnots[1].count();

  std::array<TabulatedFunction, kInputs> functions_;
  std::span<float> at_first_;  // G of both first knots
  int asked_ = 0;              // or copied
  Stored stored_;
};

}  // namespace sideband
