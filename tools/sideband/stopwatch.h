// Times a stage block by block, several times over.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace sideband::cli {

struct Timing {
  double times_real_time = 0;
  double mean_block_us = 0;
  double worst_block_us = 0;
};

// `blocks` calls of run(k) per pass, after reset(), which together are audio_s of sound. Of every
// block the fastest of the passes counts, so that what remains as the worst block is the stage's
// own doing and not the system's.
template <typename Reset, typename Run>
Timing time_blocks(std::size_t blocks, double audio_s, Reset reset, Run run) {
  using Clock = std::chrono::steady_clock;
  constexpr int kMinPasses = 5;
  constexpr auto kMinTime = std::chrono::seconds(1);  // by then node has optimised what is WASM
  std::vector<double> best_us(blocks, 1e30);
  const auto start = Clock::now();
  for (int pass = 0; pass < kMinPasses || Clock::now() - start < kMinTime; ++pass) {
    reset();
    auto before = Clock::now();
    for (std::size_t k = 0; k < blocks; ++k) {
      run(k);
      const auto after = Clock::now();
      best_us[k] =
          std::min(best_us[k], std::chrono::duration<double, std::micro>(after - before).count());
      before = after;
    }
  }
  Timing timing;
  double total_us = 0;
  for (const double us : best_us) {
    total_us += us;
    timing.worst_block_us = std::max(timing.worst_block_us, us);
  }
  timing.mean_block_us = total_us / static_cast<double>(blocks);
  timing.times_real_time = total_us > 0 ? audio_s * 1e6 / total_us : 0;
  return timing;
}

}  // namespace sideband::cli
