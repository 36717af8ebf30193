// A model file in memory, taken apart.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/model.h"
#include "tools/sideband/memory.h"

namespace sideband::cli {

std::vector<std::byte> file_bytes(const std::string& path);  // throws Fault

struct ModelFile {
  explicit ModelFile(const std::string& path);  // throws Fault
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  std::string path;
  std::vector<std::byte> bytes;
  Memory memory;
  Model model;  // views into the two above
};

}  // namespace sideband::cli
