#include "tools/sideband/syx_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "tools/sideband/fault.h"

namespace sideband::cli {

std::vector<std::uint8_t> read_bytes(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Fault(path, std::strerror(errno));
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file),
                                  std::istreambuf_iterator<char>()};
  if (file.bad()) throw Fault(path, "cannot be read to its end");
  return bytes;
}

void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  if (!file) throw Fault(path, std::strerror(errno));
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw Fault(path, "not everything could be written");
}

std::vector<dx7::Dump> read_syx(const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_bytes(path);
  std::vector<dx7::Dump> dumps;
  std::span<const std::uint8_t> rest(bytes);
  do {
    std::size_t used = 0;
    dumps.emplace_back();
    const Status status = dx7::parse_syx(rest, dumps.back(), used);
    if (!status) {
      const std::string which =
          dumps.size() > 1 ? "dump " + std::to_string(dumps.size()) + ": " : "";
      throw Fault(path, which + std::string(status.message()));
    }
    rest = rest.subspan(used);
    while (!rest.empty() && rest.front() == 0) rest = rest.subspan(1);
  } while (!rest.empty());
  return dumps;
}

void write_syx_file(const std::string& path, const std::vector<dx7::Dump>& dumps,
                    bool keep_checksum) {
  std::vector<std::uint8_t> bytes;
  for (const dx7::Dump& dump : dumps) {
    std::vector<std::uint8_t> one(dx7::kBankDumpBytes);
    std::size_t used = 0;
    const Status status = dx7::write_syx(dump, one, used, keep_checksum);
    if (!status) throw Fault(path, std::string(status.message()));
    bytes.insert(bytes.end(), one.begin(), one.begin() + static_cast<std::ptrdiff_t>(used));
  }
  write_bytes(path, bytes);
}

dx7::Dump single_dump(const dx7::Voice& voice) {
  dx7::Dump dump;
  dump.voice[0] = voice;
  return dump;
}

}  // namespace sideband::cli
