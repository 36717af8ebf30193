// The recogniser from its file, for `sideband match`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/match/recogniser.h"
#include "tools/sideband/memory.h"

namespace sideband::cli {

class RecogniserFile {
 public:
  explicit RecogniserFile(const std::string& path);  // throws Fault
  match::Recogniser* get() { return &recogniser_; }

 private:
  Memory memory_;
  match::Recogniser recogniser_;
};

// models/recogniser.safetensors in the folder of the program or one of those above it; empty where
// there is none.
std::string shipped_recogniser();

}  // namespace sideband::cli
