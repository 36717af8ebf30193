// The words after a command's name, sorted into files, switches and options with a value.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sideband::cli {

class Arguments {
 public:
  struct Spec {
    std::vector<std::string> switches;  // "--dry"
    std::vector<std::string> options;   // "--rate", followed by a value
  };

  // "-" alone is a file name: a standard stream. Throws UsageError for words not in the spec.
  Arguments(const std::vector<std::string>& words, const Spec& spec);

  // The files, checked for their number; `names` are what the usage calls them.
  const std::vector<std::string>& files(const std::vector<std::string>& names) const;
  const std::vector<std::string>& files() const { return files_; }

  bool has(const std::string& name) const { return values_.contains(name); }

  // The option's last value.
  std::string required(const std::string& name) const;
  std::optional<int> integer(const std::string& name, int min, int max) const;
  std::vector<std::string> all(const std::string& name) const;

 private:
  std::vector<std::string> files_;
  std::map<std::string, std::vector<std::string>> values_;
};

// A whole text as a finite number, or nothing.
std::optional<double> parse_number(const std::string& text);

// --range: index into kPitchRanges (core/analyzer/pitch_range.h), 0 ("auto") without it.
std::size_t pitch_range(const Arguments& arguments);

}  // namespace sideband::cli
