// The roofline half of tools/bench/peers, as JSON: the machine's peak of multiply-adds and of reads
// from each cache, and what our kernels and XNNPACK's reach of them, layer by layer.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "core/inference/dense_layer.h"
#include "core/inference/xnnpack_layer.h"
#include "tests/bench/decoder/contenders.h"
#include "tests/bench/decoder/turns.h"

namespace {

using namespace sideband;
using namespace sideband::bench;

constexpr double kMost = std::numeric_limits<double>::max();

struct Layer {
  const char* name;
  int inputs;
  int outputs;
};
constexpr std::array<Layer, 6> kLayers{{{"DDX7 full conv", 384, 128},
                                        {"DDX7 full skip", 128, 128},
                                        {"DDX7 reduced conv", 192, 64},
                                        {"HpN full input gates", 1024, 1536},
                                        {"HpN full state gates", 512, 1536},
                                        {"HpN reduced state gates", 16, 48}}};

void print_peaks(int turns) {
  double multiply_adds_us = kMost;
  volatile float sink = 0;
  for (int turn = 0; turn < turns; ++turn) {
    take_turn(multiply_adds_us, 1, [&] { sink = sink + multiply_add_in_registers(0.5F); });
  }
  std::printf("{\"kernels\": \"%s\", \"peak_gflops\": %.4g, \"read_gb_s\": {", best_kernels().name,
              2e-3 * kPeakMultiplyAdds / multiply_adds_us);
  bool first = true;
  for (const int kib : {16, 256, 1024, 4096, 16384}) {
    const std::vector<float> values(static_cast<std::size_t>(kib) * 256, 0.5F);
    const auto times = static_cast<std::size_t>(std::max(1, 512 / kib));
    double us = kMost;
    for (int turn = 0; turn < turns; ++turn) {
      take_turn(us, times, [&] {
        for (std::size_t n = 0; n < times; ++n) sink = sink + read_only(values);
      });
    }
    std::printf("%s\"%d KB\": %.4g", first ? "" : ", ", kib, 1.024 * kib / us);
    first = false;
  }
  std::printf("},\n\"layers\": [");
}

// The tensors of one layer.
struct Tensors {
  Tensors(const Layer& layer, DataType type) {
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    const auto outputs = static_cast<std::size_t>(layer.outputs);
    weights.assign(inputs * outputs * element_bytes(type), std::byte{0x11});  // finite in any type
    vector.assign(outputs, 0.01F);
    tensors.weight.tensor = view(type, weights, layer.outputs);
    tensors.weight.tensor.rank = 2;
    tensors.weight.tensor.shape[1] = layer.inputs;
    const auto floats = std::as_bytes(std::span(vector));
    tensors.weight.scale = view(DataType::kF32, floats, layer.outputs);
    tensors.bias.tensor = tensors.weight.scale;
  }

  static TensorView view(DataType type, std::span<const std::byte> data, int rows) {
    TensorView tensor;
    tensor.type = type;
    tensor.rank = 1;
    tensor.shape[0] = rows;
    tensor.data = data;
    return tensor;
  }

  std::vector<std::byte> weights;
  std::vector<float> vector;
  LayerTensors tensors;
};

void bench_layer(const Layer& layer, DataType type, int turns, bool first) {
  const Tensors tensors(layer, type);
  std::vector<std::byte> memory(16U << 20U);
  Arena arena(memory);
  DenseLayer ours;
  XnnpackLayer theirs;
  const DenseShape shape{layer.inputs, layer.outputs};
  ours.prepare(tensors.tensors, shape, arena);
  theirs.prepare(tensors.tensors, shape, arena);
  while (ours.load_step()) {
  }
  while (theirs.load_step()) {
  }
  constexpr std::size_t kFrames = 64;
  std::vector<float> x(kFrames * static_cast<std::size_t>(layer.inputs), 0.3F);
  std::vector<float> y(kFrames * static_cast<std::size_t>(layer.outputs));
  const Frames in = adjacent_frames(x, static_cast<std::size_t>(layer.inputs));
  const Frames out = adjacent_frames(y, static_cast<std::size_t>(layer.outputs));
  double gemv = kMost;
  double xnnpack_gemv = kMost;
  double xnnpack_gemm = kMost;
  const std::size_t times = ours.macs() > 100000 ? 1 : 20;
  for (int turn = 0; turn < turns; ++turn) {
    take_turn(gemv, times, [&] {
      for (std::size_t n = 0; n < times; ++n) {
        ours.run(in.first(1), out.first(1), Epilogue::kRelu);
      }
    });
    theirs.run(in.first(1), out.first(1), Epilogue::kRelu);  // changes over to one frame
    take_turn(xnnpack_gemv, times, [&] {
      for (std::size_t n = 0; n < times; ++n) {
        theirs.run(in.first(1), out.first(1), Epilogue::kRelu);
      }
    });
    theirs.run(in, out, Epilogue::kRelu);
    take_turn(xnnpack_gemm, kFrames, [&] { theirs.run(in, out, Epilogue::kRelu); });
  }
  const auto macs = static_cast<double>(ours.macs());
  const double bytes = macs * static_cast<double>(element_bytes(type));
  std::printf(
      "%s{\"layer\": \"%s\", \"inputs\": %d, \"outputs\": %d, \"weights\": \"%s\", \"gemv_us\": "
      "%.4g, \"gemv_gb_s\": %.4g, \"gemv_gflops\": %.4g, \"xnnpack_gemv_us\": %.4g, "
      "\"xnnpack_gemm_us_per_frame\": %.4g, \"xnnpack_gemm_gflops\": %.4g}",
      first ? "" : ",\n", layer.name, layer.inputs, layer.outputs, name_of(type), gemv,
      1e-3 * bytes / gemv, 2e-3 * macs / gemv, xnnpack_gemv, xnnpack_gemm,
      2e-3 * macs / xnnpack_gemm);
  std::fflush(stdout);
}

}  // namespace

// kernel_bench TURNS
int main(int argc, char** argv) {
  const int turns = argc > 1 ? std::max(1, std::atoi(argv[1])) : 200;
  if (!initialize_xnnpack()) return 1;
  print_peaks(turns);
  bool first = true;
  for (const Layer& layer : kLayers) {
    for (const DataType type : {DataType::kF32, DataType::kF16, DataType::kI8}) {
      bench_layer(layer, type, turns, first);
      first = false;
    }
  }
  std::printf("]}\n");
  return 0;
}
