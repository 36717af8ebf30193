// What the commands share when they set up stages of the core: memory, and statuses made faults.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/util/arena.h"
#include "core/util/status.h"
#include "tools/sideband/fault.h"

namespace sideband::cli {

// More than any stage takes; the system provides a page of it only when that page is touched.
class Memory {
 public:
  explicit Memory(std::size_t bytes = std::size_t{256} << 20U)
      : bytes_(new std::byte[bytes]), arena_({bytes_.get(), bytes}) {}
  Arena& arena() { return arena_; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  Arena arena_;
};

inline void check(const std::string& file, const Status& status) {
  if (!status) throw Fault(file, std::string(status.message()));
}

}  // namespace sideband::cli
