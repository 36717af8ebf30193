// Calls to the debugger or emulator that runs the image (Arm's semihosting, version 2).
#pragma once

#include <cstddef>
#include <cstdint>

namespace sideband {

inline std::uint32_t semihosting_call(std::uint32_t operation, const void* argument) {
  register std::uint32_t result __asm__("r0") = operation;
  register const void* block __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(result) : "r"(block) : "memory");
  return result;
}

inline int semihosting_open(const char* name, bool write) {
  std::uint32_t length = 0;
  while (name[length] != '\0') ++length;
  const std::uint32_t block[] = {reinterpret_cast<std::uint32_t>(name), write ? 5U : 1U, length};
  return static_cast<int>(semihosting_call(0x01, block));
}
inline void semihosting_close(int file) {
  const std::uint32_t block[] = {static_cast<std::uint32_t>(file)};
  semihosting_call(0x02, block);
}
inline void semihosting_print(const char* text) {
  semihosting_call(0x04, text);
}
inline void semihosting_write(int file, const void* data, std::size_t bytes) {
  const std::uint32_t block[] = {static_cast<std::uint32_t>(file),
                                 reinterpret_cast<std::uint32_t>(data), bytes};
  semihosting_call(0x05, block);
}
inline bool semihosting_read(int file, void* data, std::size_t bytes) {
  const std::uint32_t block[] = {static_cast<std::uint32_t>(file),
                                 reinterpret_cast<std::uint32_t>(data), bytes};
  return semihosting_call(0x06, block) == 0;  // bytes that could not be read
}
inline void semihosting_seek(int file, std::size_t position) {
  const std::uint32_t block[] = {static_cast<std::uint32_t>(file), position};
  semihosting_call(0x0A, block);
}
[[noreturn]] inline void semihosting_exit(int status) {
  // ADP_Stopped_ApplicationExit, and the status.
  const std::uint32_t block[] = {0x20026, static_cast<std::uint32_t>(status)};
  for (;;) semihosting_call(0x20, block);
}

}  // namespace sideband
