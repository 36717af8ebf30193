#include "core/analyzer/tuning.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace sideband {
namespace {

float cents_of_ratio(double ratio) {
  return static_cast<float>(1200 * std::log2(ratio));
}

// Takes the next line off the text, without its end of line.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// A decimal number at the start of `text`, which is moved past it; false if there is none.
bool take_number(std::string_view& text, double& value, bool& has_point) {
  value = 0;
  has_point = false;
  double unit = 1;
  int digits = 0;
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  while (!text.empty()) {
    const char c = text.front();
    if (c == '.' && !has_point) {
      has_point = true;
    } else if (c >= '0' && c <= '9' && digits < 15) {
      ++digits;
      if (has_point) unit /= 10;
      value = has_point ? value + (c - '0') * unit : value * 10 + (c - '0');
    } else {
      break;
    }
    text.remove_prefix(1);
  }
  if (negative) value = -value;
  return digits > 0;
}

// One pitch: "701.955", "3/2" or "2"; what follows it on the line is a remark.
bool read_pitch(std::string_view line, float& cents) {
  double value = 0;
  bool has_point = false;
  if (!take_number(line, value, has_point)) return false;
  if (has_point) {
    cents = static_cast<float>(value);
    return true;
  }
  double denominator = 1;
  if (!line.empty() && line.front() == '/') {
    line.remove_prefix(1);
    if (!take_number(line, denominator, has_point) || has_point) return false;
  }
  if (value <= 0 || denominator <= 0) return false;
  cents = cents_of_ratio(value / denominator);
  return true;
}

}  // namespace

float Tuning::nearest_midi(float midi) const noexcept {
  if (degrees <= 0) return midi;
  const float cents_above = (midi - tonic_midi) * 100;
  const float period = std::floor(cents_above / period_cents);
  const float within = cents_above - period * period_cents;
  float nearest = period_cents;  // the tonic above
  for (const float degree : std::span(cents).first(static_cast<std::size_t>(degrees))) {
    if (std::abs(degree - within) < std::abs(nearest - within)) nearest = degree;
  }
  return tonic_midi + (period * period_cents + nearest) / 100;
}

Tuning equal_temperament() {
  Tuning tuning;
  tuning.degrees = 12;
  for (int i = 0; i < tuning.degrees; ++i) {
    tuning.cents[static_cast<std::size_t>(i)] = 100.0F * static_cast<float>(i);
  }
  return tuning;
}

Tuning just_intonation(float tonic_midi) {
  constexpr std::array<double, 12> kRatios{1.0,     16.0 / 15, 9.0 / 8,   6.0 / 5,
                                           5.0 / 4, 4.0 / 3,   45.0 / 32, 3.0 / 2,
                                           8.0 / 5, 5.0 / 3,   9.0 / 5,   15.0 / 8};
  Tuning tuning;
  tuning.degrees = static_cast<int>(kRatios.size());
  tuning.tonic_midi = tonic_midi;
  for (std::size_t i = 0; i < kRatios.size(); ++i) tuning.cents[i] = cents_of_ratio(kRatios[i]);
  return tuning;
}

Status parse_scala(std::string_view text, float tonic_midi, Tuning& tuning) {
  Tuning read;
  read.tonic_midi = tonic_midi;
  int line_number = 0;
  int expected = -1;  // notes the file announces; −1 until it has
  bool described = false;
  int found = 0;
  while (!text.empty() && (expected < 0 || found < expected)) {
    std::string_view line = take_line(text);
    ++line_number;
    if (!line.empty() && line.front() == '!') continue;
    const std::size_t start = line.find_first_not_of(" \t");
    line.remove_prefix(std::min(start, line.size()));
    if (!described) {
      described = true;
    } else if (expected < 0) {
      double count = 0;
      bool has_point = false;
      if (!take_number(line, count, has_point) || has_point || count < 1 ||
          count > Tuning::kMaxDegrees) {
        return Status::error("line ", line_number,
                             " of the Scala file should be the number of notes, 1 to ",
                             Tuning::kMaxDegrees);
      }
      expected = static_cast<int>(count);
    } else {
      float cents = 0;
      if (!read_pitch(line, cents) || cents < 0 || cents > 12000) {
        return Status::error("line ", line_number,
                             " of the Scala file is not a pitch such as 701.955 or 3/2");
      }
      ++found;
      if (found == expected) {
        read.period_cents = cents;
      } else {
        read.cents[static_cast<std::size_t>(found)] = cents;
      }
    }
  }
  if (expected < 0 || found < expected) {
    return Status::error("the Scala file ends after ", found, " of ", std::max(expected, 0),
                         " notes");
  }
  if (read.period_cents <= 0) {
    return Status::error(
        "the Scala file's last note, where the scale repeats, must be above its first");
  }
  read.degrees = expected;
  std::sort(read.cents.begin(), read.cents.begin() + expected);
  tuning = read;
  return {};
}

}  // namespace sideband
