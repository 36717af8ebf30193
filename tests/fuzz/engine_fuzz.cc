// The engine's calls in any order with any numbers, as a page full of mistakes would make them.
#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "core/engine.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/test_engine.h"

using namespace sideband;

namespace {

constexpr int kMostCalls = 48;
constexpr std::size_t kMostSamples = 700;
constexpr std::size_t kSlotBytes = 512U << 10U;  // small models, many engines

enum class Call : std::uint8_t {
  kProcess,
  kSet,
  kPatch,
  kLoad,
  kScala,
  kReset,
  kFinish,
  kMaxValue = kFinish
};

float any_float(FuzzedDataProvider& in) {
  static constexpr std::array kUgly{0.0F,
                                    -0.0F,
                                    1.0F,
                                    -1.0F,
                                    1e-42F,
                                    3e38F,
                                    -3e38F,
                                    std::numeric_limits<float>::infinity(),
                                    std::numeric_limits<float>::quiet_NaN()};
  if (in.ConsumeBool()) return in.PickValueInArray(kUgly);
  const auto bits = in.ConsumeIntegral<std::uint32_t>();
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Half a block of one value and half of another cover DC, silence, steps and every kind of number.
std::vector<float> any_block(FuzzedDataProvider& in) {
  std::vector<float> block(in.ConsumeIntegralInRange<std::size_t>(0, kMostSamples), any_float(in));
  const float other = any_float(in);
  for (std::size_t i = block.size() / 2; i < block.size(); i += 2) block[i] = other;
  return block;
}

FmPatch any_patch(FuzzedDataProvider& in) {
  FmPatch patch;
  for (float& ratio : patch.ratio) ratio = any_float(in);
  for (int edges = in.ConsumeIntegralInRange<int>(0, 8); edges > 0; --edges) {
    const auto to = in.ConsumeIntegralInRange<std::size_t>(0, kOperators - 1);
    const auto from = in.ConsumeIntegralInRange<std::size_t>(0, kOperators - 1);
    patch.modulation[to][from] = any_float(in);
  }
  for (float& carrier : patch.carrier) carrier = any_float(in);
  patch.i_max = any_float(in);
  return patch;
}

const std::vector<std::vector<std::byte>>& models() {
  static const std::vector<std::vector<std::byte>> files{
      test::random_model({.hidden = 4, .blocks = 1, .reverb = false}),
      test::random_model({.synth = "fm_noise", .hidden = 4, .blocks = 2, .weight_scale = 40.0F}),
      std::vector<std::byte>(40)};
  return files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  test::TestEngine host(in.PickValueInArray({8000, 16000, 44100, 48000}), kSlotBytes);
  Engine& engine = host.engine;
  for (int call = 0; call < kMostCalls && in.remaining_bytes() > 0; ++call) {
    const int slot = in.ConsumeIntegralInRange<int>(0, kSlots - 1);
    switch (in.ConsumeEnum<Call>()) {
      case Call::kProcess:
        fuzz::expect_audible(
            host.run(any_block(in), in.ConsumeIntegralInRange<std::size_t>(1, 512)));
        break;
      case Call::kSet:
        engine.set(static_cast<Param>(in.ConsumeIntegralInRange<int>(0, kParamCount - 1)),
                   any_float(in));
        break;
      case Call::kPatch:
        engine.set_patch(slot, any_patch(in));
        break;
      case Call::kLoad: {
        const auto& file = models()[in.ConsumeIntegralInRange<std::size_t>(0, models().size() - 1)];
        if (engine.loading()) break;  // the file in flight must stay
        const Status status = engine.load(slot, file);
        if (!status) fuzz::expect_sentence(status.message());
        break;
      }
      case Call::kScala: {
        const Status status = engine.set_scala(in.ConsumeRandomLengthString(200));
        if (!status) fuzz::expect_sentence(status.message());
        break;
      }
      case Call::kReset:
        engine.reset();
        break;
      case Call::kFinish:
        static_cast<void>(engine.finish_loading());
        break;
    }
  }
  // Whatever happened, a player who goes on playing hears sound again and not a number's ghost.
  fuzz::expect_audible(host.run(test::test_tone(16000, 0.02F), 128));
  return 0;
}
