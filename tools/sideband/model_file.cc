#include "tools/sideband/model_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace sideband::cli {

std::vector<std::byte> file_bytes(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Fault(path, std::strerror(errno));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) throw Fault(path, "cannot be read to its end");
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

ModelFile::ModelFile(const std::string& file) : path(file), bytes(file_bytes(file)) {
  check(path, parse_model(bytes, memory.arena(), model));
}

}  // namespace sideband::cli
