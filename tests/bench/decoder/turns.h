// Contenders take turns, and of each the fastest turn counts.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sideband::bench {

// Lowers `best_us` to the time that work() takes, divided by how often it did its work.
template <typename Work>
void take_turn(double& best_us, std::size_t times, Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
  best_us = std::min(best_us, taken.count() / static_cast<double>(times));
}

// The same for work(times), after work(1) that is not timed: what is measured finds its own weights
// in the caches, as it does while it streams, and not what the contender before left there.
template <typename Work>
void warm_turn(double& best_us, std::size_t times, Work work) {
  work(1);
  take_turn(best_us, times, [&] { work(times); });
}

}  // namespace sideband::bench
