#include "tools/sideband/arguments.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/analyzer/pitch_range.h"
#include "tools/sideband/fault.h"

namespace sideband::cli {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

Arguments::Arguments(const std::vector<std::string>& words, const Spec& spec) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (contains(spec.switches, word)) {
      values_[word];
    } else if (contains(spec.options, word)) {
      if (i + 1 == words.size()) throw UsageError(word + " needs a value");
      values_[word].push_back(words[++i]);
    } else if (word.size() > 1 && word.front() == '-') {
      throw UsageError("there is no option " + word);
    } else {
      files_.push_back(word);
    }
  }
}

const std::vector<std::string>& Arguments::files(const std::vector<std::string>& names) const {
  if (files_.size() < names.size()) throw UsageError(names[files_.size()] + " is missing");
  if (files_.size() > names.size()) {
    throw UsageError("there is no use for '" + files_[names.size()] + "'");
  }
  return files_;
}

std::string Arguments::required(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw UsageError(name + " is missing");
  return found->second.back();
}

std::optional<int> Arguments::integer(const std::string& name, int min, int max) const {
  if (!has(name)) return std::nullopt;
  const std::string text = required(name);
  const auto value = parse_number(text);
  if (!value || *value != std::floor(*value) || *value < min || *value > max) {
    throw UsageError(name + " takes a whole number from " + std::to_string(min) + " to " +
                     std::to_string(max) + ", not '" + text + "'");
  }
  return static_cast<int>(*value);
}

std::vector<std::string> Arguments::all(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::optional<double> parse_number(const std::string& text) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    return std::nullopt;
  }
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || end != text.c_str() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::size_t pitch_range(const Arguments& arguments) {
  if (!arguments.has("--range")) return 0;
  const std::string name = arguments.required("--range");
  const int index = find_pitch_range(name);
  if (index >= 0) return static_cast<std::size_t>(index);
  std::string known;
  for (const PitchRange& range : kPitchRanges) {
    known += (known.empty() ? "" : ", ") + std::string(range.name);
  }
  throw UsageError("--range is one of " + known + ", not '" + name + "'");
}

}  // namespace sideband::cli
