// A parameter's travel: value ↔ position of its slider (0…1), and its value in words.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/params.h"
#include "web/ui/notation.h"

namespace sideband::ui {

inline float position_of(const ParamInfo& info, float value) {
  const float v = std::clamp(value, info.min, info.max);
  if (info.curve == Curve::kLogarithmic) {
    return std::log(v / info.min) / std::log(info.max / info.min);
  }
  return (v - info.min) / (info.max - info.min);
}

inline float value_at(const ParamInfo& info, float position) {
  const float p = std::clamp(position, 0.0F, 1.0F);
  if (info.curve == Curve::kLogarithmic) return info.min * std::pow(info.max / info.min, p);
  if (info.curve == Curve::kToggle) return p >= 0.5F ? info.max : info.min;
  return info.min + p * (info.max - info.min);
}

// "−6.0 dB", "+12 st", "×1.50".
inline void write_value(char* out, std::size_t size, const ParamInfo& info, float value) {
  if (info.unit == "¢" || info.unit == "Hz" || info.unit.empty()) {
    char unit[8];
    std::snprintf(unit, sizeof unit, "%.*s", static_cast<int>(info.unit.size()), info.unit.data());
    if (info.min < 0) {
      write_signed(out, size, value, 1, unit);
    } else {
      std::snprintf(out, size, "%.*f%s%s", value < 9.995F ? 2 : 1, static_cast<double>(value),
                    *unit != 0 ? " " : "", unit);
    }
  } else if (info.unit == "×") {
    const int digits = value < 0.995F && info.curve == Curve::kLogarithmic ? 3 : 2;
    std::snprintf(out, size, "×%.*f", digits, static_cast<double>(value));
  } else {
    char unit[16];
    std::snprintf(unit, sizeof unit, "%.*s", static_cast<int>(info.unit.size()), info.unit.data());
    write_signed(out, size, value, info.unit == "st" ? 2 : 1, unit);
  }
}

// "input_gain_db" → "Input gain": the table's name without its unit suffix.
inline void write_label(char* out, std::size_t size, const ParamInfo& info) {
  std::string_view name = info.name;
  for (const std::string_view suffix : {"_db", "_semitones"}) {
    if (name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix) {
      name.remove_suffix(suffix.size());
    }
  }
  std::size_t n = 0;
  for (; n < name.size() && n + 1 < size; ++n) out[n] = name[n] == '_' ? ' ' : name[n];
  out[n] = 0;
  if (n > 0 && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
}

}  // namespace sideband::ui
