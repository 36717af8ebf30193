// The decoders and their contenders as a WebAssembly module that a page and node time alike
// (decoder_module.mjs): flat functions over Contenders.
#include <memory>
#include <utility>
#include <vector>

#include "tests/bench/decoder/contenders.h"

#define BENCH_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

using namespace sideband;
using namespace sideband::bench;

std::vector<std::byte> file;
std::unique_ptr<Contenders> contenders;
std::size_t position = 0;

}  // namespace

BENCH_EXPORT(bench_models) int bench_models() {
  return static_cast<int>(kShipped.size());
}
BENCH_EXPORT(bench_name) const char* bench_name(int index) {
  return kShipped[static_cast<std::size_t>(index)].name;
}
BENCH_EXPORT(bench_path) const char* bench_path(int index) {
  return kShipped[static_cast<std::size_t>(index)].file;
}

// Where the file goes before bench_open().
BENCH_EXPORT(bench_file) std::byte* bench_file(int size) {
  contenders.reset();
  file.assign(static_cast<std::size_t>(size), std::byte{});
  return file.data();
}

// type: 0 F32, 1 F16, 2 I8.
BENCH_EXPORT(bench_open) void bench_open(int type) {
  contenders = std::make_unique<Contenders>(std::move(file), static_cast<DataType>(type));
  position = 0;
}

BENCH_EXPORT(bench_stream) void bench_stream(int frames) {
  contenders->stream(position, static_cast<std::size_t>(frames));
  position += static_cast<std::size_t>(frames);
}
BENCH_EXPORT(bench_render) void bench_render(int hops) {
  contenders->render(position, static_cast<std::size_t>(hops));
}
BENCH_EXPORT(bench_xnnpack) void bench_xnnpack(int frames) {
  contenders->stream_xnnpack(position, static_cast<std::size_t>(frames));
}
BENCH_EXPORT(bench_batch) void bench_batch(int frames) {
  contenders->batch_xnnpack(static_cast<std::size_t>(frames));
}
BENCH_EXPORT(bench_floor_tiles) int bench_floor_tiles() {
  return kFloorTiles;
}
BENCH_EXPORT(bench_floor_f32) void bench_floor_f32(int tile, int times) {
  contenders->floor_f32(tile, static_cast<std::size_t>(times));
}
