// From our patches to the nearest legal DX7 voice and back, with a list of what had to be rounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/dx7/voice.h"
#include "core/inference/controls.h"
#include "core/synth/patch.h"

namespace sideband::dx7 {

// A value that the DX7 cannot hold: what was wanted, what it became.
struct Rounding {
  std::string_view what;
  int op = 0;  // operator 1…6 of the DX7 voice, 0 for the voice's own
  double wanted = 0;
  double became = 0;
};

struct Roundings {
  std::array<Rounding, 64> entry;
  std::size_t count = 0;
  void add(const Rounding& rounding) {
    if (count < entry.size()) entry[count++] = rounding;
  }
  std::span<const Rounding> list() const { return {entry.data(), count}; }
};

// Coarse, fine and detune of the nearest ratio (0.5 … 61.7); the error in cents.
double set_ratio(double ratio, Operator& op);

// The nearest output level of an amplitude (1 is full scale: 4π radians for a modulator).
std::uint8_t nearest_output_level(double amplitude);
std::uint8_t nearest_feedback(double gain);

// Of the 32 algorithms and 720 ways to number the operators the one whose routing comes closest.
// `voice_op[i]` is the DX7 operator 0…5 that operator i of the patch becomes; `different` counts
// the edges and carriers that are not the same, weighted with `weight[i]` (0: unused operators).
struct AlgorithmMatch {
  int algorithm = 0;  // 0…31
  std::array<std::size_t, kOperators> voice_op{};
  double different = 0;
};
AlgorithmMatch nearest_algorithm(const FmPatch& patch, const std::array<float, kOperators>& weight);

// A voice whose envelopes are plain gates (performance.h has better ones). `peak_level` are levels
// as in Controls, in radians for modulators and i_max at full scale for carriers. `voice_op`, where
// it is given, is told which DX7 operator 0…5 each operator became.
Voice nearest_voice(const FmPatch& patch, const std::array<float, kOperators>& peak_level,
                    std::string_view name, Roundings& roundings,
                    std::array<std::size_t, kOperators>* voice_op = nullptr);

// What a voice plays at a key: routing and ratios, and the levels it reaches at its loudest.
// A fixed frequency becomes the ratio it is at this key.
FmPatch to_patch(const Voice& voice, int midi_note, std::array<float, kOperators>& peak_level);

}  // namespace sideband::dx7
