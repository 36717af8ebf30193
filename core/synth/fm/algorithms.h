// The 32 algorithms of the DX7 and the FM configurations of the papers, as data.
//
// An edge is written as two digits, modulator then modulated: "65" is 6 → 5. The algorithms are
// those printed on the instrument's panel; configurations and ratios are those of "DDX7" (Caspe,
// McPherson and Sandler, ISMIR 2022) and "Distilling DDSP" (Giudici et al., 2025).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/synth/patch.h"

namespace sideband {

struct Algorithm {
  std::string_view edges;     // without the feedback
  std::string_view feedback;  // one edge, to itself or up its own stack; or none
  std::string_view carriers;
};

inline constexpr std::array<Algorithm, 32> kDx7Algorithms{{
    {"21 65 54 43", "66", "13"},   {"21 65 54 43", "22", "13"},   {"32 21 65 54", "66", "14"},
    {"32 21 65 54", "46", "14"},   {"21 43 65", "66", "135"},     {"21 43 65", "56", "135"},
    {"21 43 53 65", "66", "13"},   {"21 43 53 65", "44", "13"},   {"21 43 53 65", "22", "13"},
    {"32 21 54 64", "33", "14"},   {"32 21 54 64", "66", "14"},   {"21 43 53 63", "22", "13"},
    {"21 43 53 63", "66", "13"},   {"21 43 54 64", "66", "13"},   {"21 43 54 64", "22", "13"},
    {"21 31 51 43 65", "66", "1"}, {"21 31 51 43 65", "22", "1"}, {"21 31 41 54 65", "33", "1"},
    {"32 21 64 65", "66", "145"},  {"31 32 54 64", "33", "124"},  {"31 32 64 65", "33", "1245"},
    {"21 63 64 65", "66", "1345"}, {"32 64 65", "66", "1245"},    {"63 64 65", "66", "12345"},
    {"64 65", "66", "12345"},      {"32 54 64", "66", "124"},     {"32 54 64", "33", "124"},
    {"21 54 43", "55", "136"},     {"43 65", "66", "1235"},       {"54 43", "55", "1236"},
    {"65", "66", "12345"},         {"", "66", "123456"},
}};

struct FmConfiguration {
  std::string_view name;
  Algorithm algorithm;
  std::array<float, kOperators> ratio;
};

inline constexpr std::array<FmConfiguration, 8> kFmConfigurations{{
    {"Strings", {"65 54 43 21", "", "13"}, {1, 1, 1, 1, 3, 14}},
    {"Flute", {"65 51 43 31 21", "", "1"}, {1, 1, 1, 2, 2, 1.5F}},
    {"Brass", {"65 54 41 31 21", "", "1"}, {1, 1, 1, 1, 3.2F, 8.5F}},
    {"Piano", {"32 21 64 65", "", "145"}, {1, 1, 3, 1, 1.58F, 1}},
    {"Four, Y", {"43 31 21", "", "1"}, {1, 1, 1, 3.2F, 1, 1}},
    {"Four, stack", {"43 32 21", "", "1"}, {1, 1, 3, 14, 1, 1}},
    {"Two pairs", {"43 21", "", "13"}, {1, 1, 1, 1, 1, 1}},
    {"One pair", {"21", "", "1"}, {1, 1, 1, 1, 1, 1}},
}};

// Gives a patch the algorithm's routing; ratios and i_max stay. Edges get a gain of 1, the feedback
// `feedback_gain`. Carriers share what the patch's carriers had in all, at most 1 each, so that
// more of them are not louder.
inline void set_routing(FmPatch& patch, const Algorithm& algorithm,
                        float feedback_gain = 1) noexcept {
  const auto index = [](char digit) { return static_cast<std::size_t>(digit - '1'); };
  patch.modulation = {};
  for (std::size_t i = 0; i + 1 < algorithm.edges.size(); i += 3) {
    patch.modulation[index(algorithm.edges[i + 1])][index(algorithm.edges[i])] = 1;
  }
  if (algorithm.feedback.size() == 2) {
    patch.modulation[index(algorithm.feedback[1])][index(algorithm.feedback[0])] = feedback_gain;
  }
  float sum = 0;
  for (const float gain : patch.carrier) sum += gain;
  const float share = sum > 0 ? sum / static_cast<float>(algorithm.carriers.size()) : 1.0F;
  patch.carrier = {};
  for (const char carrier : algorithm.carriers) {
    patch.carrier[index(carrier)] = share < 1 ? share : 1.0F;
  }
}

}  // namespace sideband
