// The native half of tools/bench/rtf, as JSON: microseconds for a block of as many frames as each
// latency holds, decoder and synth, streamed frame by frame and batched.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "tests/bench/decoder/contenders.h"
#include "tests/bench/decoder/turns.h"

namespace {

using namespace sideband;
using namespace sideband::bench;

constexpr std::array<std::size_t, 7> kFrames{64, 32, 16, 8, 4, 2, 1};  // 256 … 4 ms

void print_row(const char* form, const std::array<double, kFrames.size()>& us, bool last) {
  std::printf("\"%s\": [", form);
  for (std::size_t i = 0; i < us.size(); ++i) std::printf("%s%.5g", i > 0 ? ", " : "", us[i]);
  std::printf("]%s", last ? "" : ", ");
}

}  // namespace

// From the project's folder: rtf_bench TURNS
int main(int argc, char** argv) {
  const int turns = argc > 1 ? std::max(1, std::atoi(argv[1])) : 200;
  constexpr double kMost = std::numeric_limits<double>::max();
  bool first = true;
  std::printf("[");
  for (const Shipped& shipped : kShipped) {
    for (const DataType type : {DataType::kF32, DataType::kF16, DataType::kI8}) {
      Contenders contenders(file_bytes(shipped.file), type);
      std::array<double, kFrames.size()> streamed;
      std::array<double, kFrames.size()> batched;
      streamed.fill(kMost);
      batched.fill(kMost);
      for (int turn = 0; turn < turns; ++turn) {
        for (std::size_t i = 0; i < kFrames.size(); ++i) {
          warm_turn(streamed[i], 1, [&](std::size_t) {
            contenders.stream(0, kFrames[i]);
            contenders.render(0, kFrames[i]);
          });
          warm_turn(batched[i], 1, [&](std::size_t) {
            contenders.batch_xnnpack(kFrames[i]);
            contenders.render(0, kFrames[i]);
          });
        }
      }
      std::printf("%s{\"decoder\": \"%s\", \"weights\": \"%s\", ", first ? "" : ",\n", shipped.name,
                  name_of(type));
      print_row("streamed_us", streamed, false);
      print_row("batched_us", batched, true);
      std::printf("}");
      std::fflush(stdout);
      first = false;
    }
  }
  std::printf("]\n");
  return 0;
}
