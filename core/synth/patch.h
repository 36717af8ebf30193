// An FM configuration as data: six operators, who modulates whom, who is heard.
#pragma once

#include <array>

#include "core/inference/controls.h"

namespace sideband {

struct FmPatch {
  // Frequency of operator i + 1 as a multiple of f0.
  std::array<float, kOperators> ratio{1, 1, 1, 1, 1, 1};

  // modulation[to][from]: gain of the edge from operator from + 1 to operator to + 1; 1 where the
  // edge exists, 0 where not. Operators are computed from 6 down to 1, as on a DX7: an edge to a
  // lower operator acts within the same sample; an edge to itself or to a higher operator is
  // feedback and hears the mean of the two samples before (the DX7's way to keep it from hunting).
  std::array<std::array<float, kOperators>, kOperators> modulation{};

  std::array<float, kOperators> carrier{};  // gain to the output: 1 for carriers, 0 for the others
  float i_max = 1.0F;  // a level of i_max is full scale for a carrier; radians for a modulator
};

}  // namespace sideband
