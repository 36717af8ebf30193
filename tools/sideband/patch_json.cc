#include "tools/sideband/patch_json.h"

#include <cmath>
#include <cstdio>
#include <vector>

#include "core/dx7/convert.h"
#include "core/dx7/syx.h"

namespace sideband::cli {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", std::isfinite(value) ? value : 0.0);
  return text;
}

template <typename Values>
std::string list(const Values& values) {
  std::string text;
  for (const auto value : values) text += (text.empty() ? "" : ", ") + number(value);
  return "[" + text + "]";
}

}  // namespace

std::string patch_json(const match::Matcher::Result& result) {
  std::array<float, kOperators> peak{};
  const FmPatch patch = dx7::to_patch(result.voice, result.midi_note, peak);
  std::string routing;
  for (std::size_t to = 0; to < kOperators; ++to) {
    for (std::size_t from = 0; from < kOperators; ++from) {
      if (patch.modulation[to][from] == 0) continue;
      routing += std::string(routing.empty() ? "" : ", ") + "[" + std::to_string(from + 1) + ", " +
                 std::to_string(to + 1) + ", " + number(patch.modulation[to][from]) + "]";
    }
  }
  std::vector<int> carriers;
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (patch.carrier[op] > 0) carriers.push_back(static_cast<int>(op) + 1);
  }
  std::string name;  // quotes and backslashes are legal in a voice's name
  const auto printable = dx7::printable_name(result.voice);
  for (const char c : printable.view()) name += (c == '"' || c == '\\') ? '\'' : c;
  std::string text = "{\n  \"name\": \"" + name + "\",\n";
  text += "  \"f0_hz\": " + number(result.f0_hz) + ",\n";
  text += "  \"midi_note\": " + std::to_string(result.midi_note) + ",\n";
  text += "  \"hold_s\": " + number(result.hold_s) + ",\n";
  text += "  \"mel_lsd_db\": " + number(result.voice_mel_db) + ",\n";
  text += "  \"patch\": {\"algorithm\": " + std::to_string(result.voice.algorithm + 1) +
          ", \"ratios\": " + list(patch.ratio) + ",\n    \"routing\": [" + routing +
          "], \"carriers\": " + list(carriers) + ", \"peak_levels\": " + list(peak) +
          ", \"i_max\": " + number(patch.i_max) + "},\n";
  text += "  \"dx7\": " + list(dx7::to_bytes(result.voice)) + "\n}\n";
  return text;
}

}  // namespace sideband::cli
