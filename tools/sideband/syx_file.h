// .syx files: DX7 dumps, one after another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/dx7/syx.h"

namespace sideband::cli {

std::vector<std::uint8_t> read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes);

// All dumps of a file; throws Fault with what is wrong and where. The buffers of MIDI recorders may
// leave zeros after the last dump.
std::vector<dx7::Dump> read_syx(const std::string& path);
void write_syx_file(const std::string& path, const std::vector<dx7::Dump>& dumps,
                    bool keep_checksum = false);

dx7::Dump single_dump(const dx7::Voice& voice);

}  // namespace sideband::cli
