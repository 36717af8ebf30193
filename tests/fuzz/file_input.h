// Bytes as a file that exists only in memory, for readers that take a path.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/fuzz.h"

namespace sideband::fuzz {

class FileInput {
 public:
  FileInput(const std::uint8_t* data, std::size_t size) : descriptor_(memfd_create("input", 0)) {
    expect(descriptor_ >= 0 && write(descriptor_, data, size) == static_cast<ssize_t>(size),
           "the system gives memory");
  }
  ~FileInput() { close(descriptor_); }
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace sideband::fuzz
