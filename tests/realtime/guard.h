// Counts what an audio thread must not do while it works: take memory, take or wait for a lock,
// call the system.
#pragma once

#include <functional>

namespace sideband::test {

struct Calls {
  long memory = 0;  // malloc, free and the like; throwing is among them
  long locks = 0;   // mutexes, conditions, semaphores, also where nobody else holds them
  long system = 0;  // anything that enters the kernel: waiting, writing, faulting in a file

  bool operator==(const Calls&) const = default;
};

// Runs `work` on a thread of its own. A system call is refused there (ENOSYS) and counted.
Calls calls_during(const std::function<void()>& work);

}  // namespace sideband::test
