// What a frame of each decoder costs, the violin's models with weights of every width: the
// streaming kernels, XNNPACK frame by frame and in batches, and the floor, the time it takes to
// stream the weights once.
//
// The contenders take turns and the best of many turns counts, so that a busy machine hits all of
// them alike; Google Benchmark runs one after the other, and does not run as WASM under node.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "tests/bench/decoder/contenders.h"
#include "tests/bench/decoder/turns.h"

namespace {

using namespace sideband;
using namespace sideband::bench;

struct Measured {
  double ours_us;
  double xnnpack_us;
  double batch_us;
  double floor_f32_us;
  double floor_f16_us;
  double longest_load_us;
};

// On some machines a turn is interrupted more often than not: short ones fit between.
constexpr std::size_t kFrames = 5;

Measured measure(const Shipped& shipped, DataType type, int turns) {
  Contenders contenders(file_bytes(shipped.file), type);
  Measured best;
  best.longest_load_us = contenders.longest_load_us();
  double floors[2]{};
  for (int which = 0; which < 2; ++which) floors[which] = std::numeric_limits<double>::max();
  std::array<double, 3> us;
  us.fill(std::numeric_limits<double>::max());
  for (int turn = 0; turn < turns; ++turn) {
    const std::size_t first = static_cast<std::size_t>(turn) * kFrames;
    warm_turn(us[0], kFrames, [&](std::size_t n) { contenders.stream(first, n); });
    warm_turn(us[1], kFrames, [&](std::size_t n) { contenders.stream_xnnpack(first, n); });
    warm_turn(us[2], kBatch, [&](std::size_t n) { contenders.batch_xnnpack(n); });
    for (int tile = 0; tile < kFloorTiles; ++tile) {
      warm_turn(floors[0], kFrames, [&](std::size_t n) { contenders.floor_f32(tile, n); });
      warm_turn(floors[1], kFrames, [&](std::size_t n) { contenders.floor_f16(tile, n); });
    }
  }
  best.ours_us = us[0];
  best.xnnpack_us = us[1];
  best.batch_us = us[2];
  best.floor_f32_us = floors[0];
  best.floor_f16_us = floors[1];
  return best;
}

}  // namespace

// From the project's folder: decoder_bench [TURNS [NAME]] [--json]
int main(int argc, char** argv) {
  const bool json = argc > 1 && std::string(argv[argc - 1]) == "--json";
  if (json) --argc;
  const int turns = argc > 1 ? std::max(1, std::atoi(argv[1])) : 400;
  const std::string only = argc > 2 ? argv[2] : "";
  if (json) {
    std::printf("[");
  } else {
    std::printf("Microseconds per frame (4000 are real time), best of %d turns\n", turns);
    std::printf("%-16s %-4s %9s %9s %9s %9s %9s %10s %10s\n", "decoder", "", "streaming", "XNNPACK",
                "batch", "floor F32", "floor F16", "÷ F32", "load step");
  }
  bool first = true;
  for (const Shipped& shipped : kShipped) {
    if (!only.empty() && only != shipped.name) continue;
    for (const DataType type : {DataType::kF32, DataType::kF16, DataType::kI8}) {
      const Measured m = measure(shipped, type, turns);
      if (json) {
        std::printf(
            "%s{\"decoder\": \"%s\", \"weights\": \"%s\", \"streaming_us\": %.4g, "
            "\"xnnpack_us\": %.4g, \"batch_us\": %.4g, \"floor_f32_us\": %.4g, "
            "\"floor_f16_us\": %.4g}",
            first ? "" : ",\n", shipped.name, name_of(type), m.ours_us, m.xnnpack_us, m.batch_us,
            m.floor_f32_us, m.floor_f16_us);
      } else {
        std::printf("%-16s %-4s %9.2f %9.2f %9.2f %9.2f %9.2f %9.2f %10.0f\n", shipped.name,
                    name_of(type), m.ours_us, m.xnnpack_us, m.batch_us, m.floor_f32_us,
                    m.floor_f16_us, m.ours_us / m.floor_f32_us, m.longest_load_us);
      }
      first = false;
      std::fflush(stdout);
    }
  }
  if (json) std::printf("]\n");
  return 0;
}
