// The harmonic + noise decoder: an MLP for each input, a gated recurrent unit, an MLP, three linear
// heads.
//
// With width H: pitch and loudness each through an MLP (1 → H); both results → GRU (2H → H), whose
// state after reset is 0; state and the two inputs → MLP (H + 2 → H); heads amplitude (1), harmonic
// distribution, noise bands. One step of the GRU (PyTorch's, gates in the order r, z, n):
//   r, z = sigmoid(W_i x + b_i + W_h h + b_h)
//   n    = tanh(W_i x + b_i + r · (W_h h + b_h))
//   h    = (1 − z) · n + z · h
//
// What pitch and loudness make of the gates is looked up in wide networks (input_tables.h) and
// known in closed form in narrow ones (narrow_gru.h), where one frame is computed at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/inference/decoder_config.h"
#include "core/inference/frames.h"
#include "core/inference/input_tables.h"
#include "core/inference/kernels.h"
#include "core/inference/mlp.h"
#include "core/inference/narrow_gru.h"
#include "core/inference/tensor_table.h"
#include "core/util/arena.h"
#include "core/util/copy_floats.h"

namespace sideband {

// Layer: DenseLayer, or XnnpackLayer for batches of frames.
template <typename Layer>
class Gru {
 public:
  // For calls of at most `max_frames` frames; faults are noted in the table.
  void prepare(const DecoderConfig& config, TensorTable& table, int max_frames, Arena& arena);

  // Packs a piece of the weights, fills one of the tables or takes a step of NarrowGru's; true
  // while there are more.
  bool load_step() noexcept;

  // See InputTables.
  TableView table(std::size_t input) const noexcept { return tables_.table(input); }

  void reset() noexcept { std::fill(state_.begin(), state_.end(), 0.0F); }

  // Where the next `count` frames of the two inputs go before run() or listen().
  Frames input(std::size_t count) noexcept {
    return out_input_.slice(hidden_, kInputs).first(count);
  }

  // Takes those frames in. Outputs: harmonics, noise bands, amplitude, all as
  // RowKernels::exp_sigmoid scales them. Behind the last frame's outputs may be written what whole
  // vectors have too much, fewer than kSlack values.
  static constexpr std::size_t kSlack = Layer::kTabulates ? NarrowWeights::kMostOutputs : 0;
  void run(const Frames& output) noexcept {
    listen(output.count);
    read_out(output);
  }

  // The same without outputs, on which no later frame depends: a fifth less work.
  void listen(std::size_t count) noexcept;

  long parameters() const noexcept;
  long macs_per_frame() const noexcept;

  // The first layer that failed, or null.
  const Layer* failed() const noexcept {
    for (int n = 0; n < kLayers; ++n) {
      if (layer(n).failed()) return &layer(n);
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t kInputs = InputTables::kInputs;
  static constexpr int kHeads = 3;
  static constexpr int kMlpLayers = Mlp<Layer>::kLayers;
  static constexpr int kLayers = 3 * kMlpLayers + 2 + kHeads;
  static constexpr int kWide = 128;  // from here on tables are worth their memory
  static constexpr std::size_t kRoomForSynth = 2U << 20U;  // of the memory that a model has

  // How many knots of the tables a step of loading fills; 0 for no tables. They are for wide
  // networks with narrow weights, for F32 is promised to be exact.
  static int knots_at_once(const TensorView& gates) noexcept {
    const bool wide = gates.shape[0] >= 3 * kWide;
    if (!Layer::kTabulates || !wide || gates.type == DataType::kF32) return 0;
    return gates.type == DataType::kI8 ? 2 : 1;
  }
  bool tabulate_step() noexcept;
  bool narrow_step() noexcept;

  // What the gates receive from these inputs. `changed`: the only one that is not what it was in
  // the call before, whose network is all that has to run.
  void encode(const ConstFrames& in, const Frames& from_input,
              std::size_t changed = kInputs) noexcept;
  void read_out(const Frames& output) noexcept;

  void multiply_state(std::span<float> state) noexcept {
    state_gates_.run(adjacent_frames(state, hidden_), adjacent_frames(from_state_, 3 * hidden_),
                     Epilogue::kStore);
  }

  const Layer& layer(int n) const noexcept;
  Layer& layer(int n) noexcept { return const_cast<Layer&>(std::as_const(*this).layer(n)); }

  const RowKernels* rows_ = best_kernels().rows;
  std::size_t hidden_ = 0;
  Mlp<Layer> pitch_;
  Mlp<Layer> loudness_;
  Mlp<Layer> out_;
  Layer input_gates_;
  Layer state_gates_;
  std::array<Layer, kHeads> heads_;

  Frames encoded_;               // 2H: what the GRU sees
  Frames from_input_;            // 3H
  std::span<float> from_state_;  // 3H
  std::span<float> state_;       // H
  Frames out_input_;             // H + 2: the states, then the two inputs
  Frames out_output_;            // H
  int layers_loaded_ = 0;
  InputTables tables_;
  int knots_at_once_ = 0;
  struct Nothing {};
  [[no_unique_address]] std::conditional_t<Layer::kTabulates, NarrowGru, Nothing> narrow_;
  bool has_narrow_ = false;
};

template <typename Layer>
void Gru<Layer>::prepare(const DecoderConfig& config, TensorTable& table, int max_frames,
                         Arena& arena) {
  const int hidden = config.hidden;
  hidden_ = static_cast<std::size_t>(hidden);
  layers_loaded_ = 0;
  const DenseShape input_gates{2 * hidden, 3 * hidden};
  const DenseShape state_gates{hidden, 3 * hidden};
  const auto gates = [&table](std::string_view part, const DenseShape& shape) {
    return LayerTensors{
        .weight =
            table.take(TensorName("decoder.gru.weight_") + part, {shape.outputs, shape.inputs}),
        .bias = table.take(TensorName("decoder.gru.bias_") + part, {shape.outputs})};
  };
  const LayerTensors input_tensors = gates("ih", input_gates);
  knots_at_once_ = knots_at_once(input_tensors.weight.tensor);
  max_frames = std::max(max_frames, knots_at_once_);
  pitch_.prepare(table, TensorName("decoder.in.pitch"), 1, hidden, max_frames, arena);
  loudness_.prepare(table, TensorName("decoder.in.loudness"), 1, hidden, max_frames, arena);
  out_.prepare(table, TensorName("decoder.out"), hidden + config.inputs, hidden, max_frames, arena);

  input_gates_.prepare(input_tensors, input_gates, arena);
  state_gates_.prepare(gates("hh", state_gates), state_gates, arena);

  // The widest first, so that vectors of it lie in single lines of the cache.
  const std::array<std::string_view, kHeads> names{"harmonic_distribution", "noise_bands",
                                                   "amplitude"};
  const std::array<int, kHeads> sizes{config.harmonics, config.noise_bands, 1};
  for (std::size_t i = 0; i < kHeads; ++i) {
    const DenseShape shape{hidden, sizes[i]};
    heads_[i].prepare(table.take_linear(TensorName("decoder.head.") + names[i], shape), shape,
                      arena);
  }

  const auto frames = [&](std::size_t channels) {
    return adjacent_frames(arena.take<float>(channels * static_cast<std::size_t>(max_frames)),
                           channels);
  };
  const InputTables::Stored stored = InputTables::take_stored(table, 3 * hidden);
  encoded_ = frames(2 * hidden_);
  from_input_ = frames(3 * hidden_);
  out_input_ = frames(hidden_ + kInputs);
  out_output_ = frames(hidden_);
  from_state_ = arena.take<float>(3 * hidden_);
  state_ = arena.take<float>(hidden_);
  if constexpr (Layer::kTabulates) {
    tables_ = {};
    if (InputTables::bytes(3 * hidden_) + kRoomForSynth > arena.free_bytes()) knots_at_once_ = 0;
    if (knots_at_once_ > 0) tables_.prepare(3 * hidden_, arena, stored);
    has_narrow_ = NarrowGru::fits(hidden, config.outputs) && !input_tensors.weight.tensor.packed &&
                  NarrowGru::bytes() + kRoomForSynth <= arena.free_bytes();
    narrow_ = {};
    if (has_narrow_) narrow_.prepare(arena);
  }
}

template <typename Layer>
void Gru<Layer>::listen(std::size_t count) noexcept {
  const Frames in = input(count);
  if constexpr (Layer::kTabulates) {
    if (narrow_.ready()) {
      const float* before = state_.data();
      for (std::size_t n = 0; n < count; ++n) {
        float* after = out_input_[n].data();
        narrow_.listen(in[n].data(), before, after);
        before = after;
      }
      std::copy_n(before, kNarrow, state_.data());
      return;
    }
  }
  // The first frame's product with the state need not wait for small networks: the processor does
  // it while their layers wait for each other.
  multiply_state(state_);
  const Frames from_input = from_input_.first(count);
  if (Layer::kTabulates && tables_.cover(in)) {
    for (std::size_t n = 0; n < count; ++n) tables_.look_up(in[n], from_input[n]);
  } else {
    encode(in, from_input);
  }
  const Frames states = out_input_.slice(0, hidden_).first(count);
  std::span<float> state = state_;
  for (std::size_t n = 0; n < count; ++n) {
    if (n > 0) multiply_state(state);
    rows_->gru_step(from_input[n].data(), from_state_.data(), state.data(), states[n].data(),
                    static_cast<int>(hidden_));
    state = states[n];
  }
  copy_floats(state.data(), hidden_, state_.data());
}

template <typename Layer>
void Gru<Layer>::encode(const ConstFrames& in, const Frames& from_input,
                        std::size_t changed) noexcept {
  const Frames encoded = encoded_.first(in.count);
  const Frames of_pitch = encoded.slice(0, hidden_);
  const Frames of_loudness = encoded.slice(hidden_, hidden_);
  if (changed == kInputs) {
    Mlp<Layer>::run_both(pitch_, in.slice(0, 1), of_pitch, loudness_, in.slice(1, 1), of_loudness);
  } else if (changed == 0) {
    pitch_.run(in.slice(0, 1), of_pitch);
  } else {
    loudness_.run(in.slice(1, 1), of_loudness);
  }
  input_gates_.run(encoded, from_input, Epilogue::kStore);
}

template <typename Layer>
void Gru<Layer>::read_out(const Frames& output) noexcept {
  const std::size_t count = output.count;
  if constexpr (Layer::kTabulates) {
    if (narrow_.ready()) {
      for (std::size_t n = 0; n < count; ++n) {
        narrow_.read_out(out_input_[n].data(), output[n].data());
      }
      return;
    }
  }
  const Frames y = out_output_.first(count);
  out_.run(out_input_.first(count), y);
  std::size_t first = 0;
  for (Layer& head : heads_) {
    const auto width = static_cast<std::size_t>(head.shape().outputs);
    head.run(y, output.slice(first, width), Epilogue::kStore);
    first += width;
  }
  for (std::size_t n = 0; n < count; ++n) {
    rows_->exp_sigmoid(output[n].data(), static_cast<int>(first));
  }
}

template <typename Layer>
const Layer& Gru<Layer>::layer(int n) const noexcept {
  if (n < kMlpLayers) return pitch_.layer(n);
  n -= kMlpLayers;
  if (n < kMlpLayers) return loudness_.layer(n);
  n -= kMlpLayers;
  if (n < kMlpLayers) return out_.layer(n);
  n -= kMlpLayers;
  if (n < 2) return n == 0 ? input_gates_ : state_gates_;
  return heads_[static_cast<std::size_t>(n - 2)];
}

template <typename Layer>
bool Gru<Layer>::load_step() noexcept {
  if (layers_loaded_ < kLayers) {
    if (!layer(layers_loaded_).load_step()) ++layers_loaded_;
    return layers_loaded_ < kLayers || knots_at_once_ > 0 || has_narrow_;
  }
  if (failed() != nullptr) return false;
  if constexpr (Layer::kTabulates) return has_narrow_ ? narrow_step() : tabulate_step();
  return false;
}

template <typename Layer>
bool Gru<Layer>::narrow_step() noexcept {
  const auto layers = [](const Mlp<Layer>& mlp) {
    return std::array{&mlp.layer(0), &mlp.layer(1), &mlp.layer(2)};
  };
  return narrow_.load_step({.pitch = layers(pitch_),
                            .loudness = layers(loudness_),
                            .out = layers(out_),
                            .input_gates = &input_gates_,
                            .state_gates = &state_gates_,
                            .heads = {&heads_[0], &heads_[1], &heads_[2]}});
}

template <typename Layer>
bool Gru<Layer>::tabulate_step() noexcept {
  if (knots_at_once_ == 0 || tables_.filled()) return false;
  if (tables_.copy_some()) return !tables_.filled();
  const auto count = static_cast<std::size_t>(knots_at_once_);
  const Frames in = input(count);
  const Frames from_input = from_input_.first(count);
  encode(in, from_input, tables_.ask(in));
  tables_.answer(from_input);
  return !tables_.filled();
}

template <typename Layer>
long Gru<Layer>::parameters() const noexcept {
  long sum = pitch_.norm_parameters() + loudness_.norm_parameters() + out_.norm_parameters();
  for (int n = 0; n < kLayers; ++n) sum += layer(n).parameters();
  return sum;
}

template <typename Layer>
long Gru<Layer>::macs_per_frame() const noexcept {
  long sum = 0;
  for (int n = 0; n < kLayers; ++n) sum += layer(n).macs();
  return sum;
}

}  // namespace sideband
