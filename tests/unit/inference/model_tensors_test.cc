// What Decoder::prepare refuses, on a golden model with one tensor changed.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/inference/decoder.h"
#include "tests/unit/inference/golden_files.h"
#include "tests/unit/inference/model_files.h"

namespace sideband::test {
namespace {

Status prepare_with(void (*change)(std::vector<TensorView>&)) {
  const Parsed parsed(read_golden_bytes("tcn_i8.model.safetensors"));
  EXPECT_TRUE(parsed.status.ok()) << parsed.status.message();
  std::vector<TensorView> tensors(parsed.model.tensors().begin(), parsed.model.tensors().end());
  change(tensors);
  std::vector<std::byte> memory(4U << 20U);
  Arena arena(memory);
  Decoder decoder;
  return decoder.prepare(parsed.model.decoder, tensors, arena);
}

TensorView& named(std::vector<TensorView>& tensors, std::string_view name) {
  for (TensorView& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  ADD_FAILURE() << name;
  return tensors.front();
}

TEST(ModelTensors, AsStoredAreAccepted) {
  const Status status = prepare_with([](std::vector<TensorView>&) {});
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST(ModelTensors, MissingIsRefused) {
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    named(tensors, "decoder.block.1.conv2.bias").name = "reverb.impulse";
  });
  EXPECT_EQ(status.message(), "the model lacks the tensor 'decoder.block.1.conv2.bias'");
}

TEST(ModelTensors, ExtraIsRefused) {
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    tensors.push_back(tensors.front());
    tensors.back().name = "decoder.block.2.conv1.weight";
  });
  EXPECT_EQ(status.message(),
            "the model has a tensor its decoder does not know: 'decoder.block.2.conv1.weight'");
}

TEST(ModelTensors, MisshapenIsRefused) {
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    std::swap(named(tensors, "decoder.block.0.conv1.weight").shape[0],
              named(tensors, "decoder.block.0.conv1.weight").shape[1]);
  });
  EXPECT_EQ(status.message(),
            "tensor 'decoder.block.0.conv1.weight' has the shape [2, 16, 3] instead of [16, 2, 3]");
}

TEST(ModelTensors, IntegersWithoutScaleAreRefused) {
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    named(tensors, "decoder.block.1.skip.weight.scale").name = "reverb.impulse";
  });
  EXPECT_EQ(status.message(),
            "the I8 tensor 'decoder.block.1.skip.weight' lacks an F32 tensor "
            "'decoder.block.1.skip.weight.scale' with 6 values");
}

TEST(ModelTensors, WhatIsNotFiniteIsRefused) {
  static const float infinities[16] = {1, 2, 3, 4, 5, 6, 7, -HUGE_VALF};
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    named(tensors, "decoder.block.1.conv1.bias").data = std::as_bytes(std::span(infinities));
  });
  EXPECT_EQ(status.message(), "tensor 'decoder.block.1.conv1.bias' has a value that is not finite");
}

TEST(ModelTensors, HalvesThatAreNotFiniteAreRefused) {
  static std::uint16_t halves[16] = {0, 0, 0x7E00};
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    TensorView& tensor = named(tensors, "decoder.block.1.conv1.bias");
    tensor.type = DataType::kF16;
    tensor.data = std::as_bytes(std::span(halves));
  });
  EXPECT_EQ(status.message(), "tensor 'decoder.block.1.conv1.bias' has a value that is not finite");
}

}  // namespace
}  // namespace sideband::test
