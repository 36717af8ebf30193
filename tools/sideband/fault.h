// Why a command gave up: an input that is at fault, or words on the command line that make no
// sense.
#pragma once

#include <stdexcept>
#include <string>

namespace sideband::cli {

// Exit status 1 and the line "sideband: FILE: fault".
struct Fault : std::runtime_error {
  Fault(const std::string& file, const std::string& fault)
      : std::runtime_error(file + ": " + fault) {}
};

// Exit status 2, the sentence and the command's usage.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace sideband::cli
