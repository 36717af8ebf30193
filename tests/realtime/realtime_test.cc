// The audio thread takes no memory and no lock and calls no system: counted, with controls that
// prove the counters work.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <mutex>
#include <random>

#include "tests/realtime/guard.h"
#include "tests/support/test_engine.h"

namespace sideband {
namespace test {

// GoogleTest looks for it beside the type.
void PrintTo(const Calls& calls, std::ostream* out) {
  *out << calls.memory << " for memory, " << calls.locks << " of locks, " << calls.system
       << " of the system";
}

}  // namespace test

namespace {

using test::Calls;
using test::calls_during;
using test::random_model;
using test::test_tone;
using test::TestEngine;

const Calls kNone;

TEST(Realtime, TheCountersSeeAnAllocationALockAndASystemCall) {
  EXPECT_GE(calls_during([] {
              auto* volatile value = new int(3);
              delete value;
            }).memory,
            2);
  std::mutex mutex;
  EXPECT_EQ(calls_during([&] { const std::lock_guard lock(mutex); }).locks, 1);
  EXPECT_EQ(calls_during([] { usleep(1); }).system, 1);
}

TEST(Realtime, ProcessLoadingEditsAndSwitchesAreQuiet) {
  for (const int rate_hz : {16000, 44100, 48000}) {
    TestEngine test(rate_hz);
    ASSERT_TRUE(test.load_now(0, {.synth = "fm_noise"}));
    const std::vector<std::byte> next = test::random_model({.hidden = 32, .seed = 3});
    const std::vector<float> in = test_tone(rate_hz, 1.0F);
    std::vector<float> out(in.size());
    const Calls calls = calls_during([&] {
      for (std::size_t start = 0; start + 128 <= in.size(); start += 128) {
        if (start == 128 * 20) {
          EXPECT_TRUE(test.engine.load(1, next));
        }
        if (start == 128 * 70) test.engine.set(Param::kSlot, 1);
        if (start == 128 * 90) {
          FmPatch patch = test.engine.patch(1);
          patch.modulation[5][0] = 1;  // operator 1 feeds back into 6
          test.engine.set_patch(1, patch);
          test.engine.set(Param::kReverbDecay, 0.2F);
        }
        test.engine.process(std::span(in).subspan(start, 128), std::span(out).subspan(start, 128));
      }
      test.engine.reset();
    });
    EXPECT_EQ(calls, kNone) << "at " << rate_hz << " Hz";
    EXPECT_TRUE(test.engine.loaded(1));
  }
}

TEST(Realtime, CalibratingAndShapingAreQuiet) {
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.synth = "fm"}));
  const std::vector<float> in = test_tone(48000, 4.0F);
  std::vector<float> out(in.size());
  const std::string scale = "fifths\n2\n3/2\n2/1\n";
  const Calls calls = calls_during([&] {
    for (const Param param : {Param::kAutoLoudness, Param::kAutoOctave, Param::kAutoGate}) {
      test.engine.set(param, 1);
    }
    test.engine.set(Param::kCalibrate, 1);
    test.engine.set(Param::kGlide, 100);
    test.engine.set(Param::kVibrato, 2);
    test.engine.set(Param::kPitchRange, 1);
    EXPECT_TRUE(test.engine.set_scala(scale).ok());
    test.engine.set(Param::kTuning, 3);
    test.engine.set(Param::kTonic, 7);
    for (std::size_t start = 0; start + 128 <= in.size(); start += 128) {
      test.engine.process(std::span(in).subspan(start, 128), std::span(out).subspan(start, 128));
    }
  });
  EXPECT_EQ(calls, kNone);
  EXPECT_TRUE(test.engine.calibration().measured());
}

// Everything a page can ask of the engine, in any order, while it plays.
TEST(Realtime, ASessionOfRandomRequestsIsQuiet) {
  constexpr std::size_t kBlock = 128;
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.synth = "harmonic_noise", .hidden = 32}));
  ASSERT_TRUE(test.load_now(1, {.synth = "fm_noise"}));
  const std::vector<std::vector<std::byte>> models{
      random_model({.synth = "harmonic_noise", .hidden = 24, .seed = 2}),
      random_model({.synth = "fm", .hidden = 32, .seed = 3}),
      random_model({.synth = "fm_noise", .seed = 4, .weights = DataType::kI8}),
      std::vector<std::byte>(100)};
  const std::vector<float> in = test_tone(48000, 6.0F);
  std::vector<float> out(in.size());
  std::mt19937 random(1);
  const auto below = [&](std::size_t end) { return random() % end; };
  const auto uniform = [&](float least, float most) {
    return least + (most - least) * static_cast<float>(random()) / 4294967296.0F;
  };
  const Calls calls = calls_during([&] {
    for (std::size_t start = 0; start + kBlock <= in.size(); start += kBlock) {
      const auto slot = static_cast<int>(below(2));
      const std::size_t param = below(kParamCount);
      const ParamInfo& info = kParams[param];
      FmPatch patch = test.engine.patch(slot);
      switch (below(12)) {
        case 0:
          if (!test.engine.loading()) {
            static_cast<void>(test.engine.load(slot, models[below(models.size())]));
          }
          break;
        case 1:
          patch.modulation[below(kOperators)][below(kOperators)] = uniform(-1, 1);
          patch.ratio[below(kOperators)] = uniform(0, 16);
          test.engine.set_patch(slot, patch);
          break;
        case 2:
          test.engine.play_keys(below(2) == 0);
          break;
        case 3:
          test.engine.guard_against_howl(below(4) != 0);
          break;
        case 4:
          test.engine.midi(static_cast<std::uint8_t>(0x80 + below(0x70)),
                           static_cast<std::uint8_t>(below(128)),
                           static_cast<std::uint8_t>(below(128)), static_cast<int>(below(kBlock)));
          break;
        default:
          test.engine.set(static_cast<Param>(param), uniform(info.min, info.max));
      }
      test.engine.process(std::span(in).subspan(start, kBlock),
                          std::span(out).subspan(start, kBlock));
    }
  });
  EXPECT_EQ(calls, kNone);
}

TEST(Realtime, ARefusedModelIsQuiet) {
  TestEngine test;
  const std::vector<std::byte> rubbish(4096, std::byte{0x7b});
  EXPECT_EQ(calls_during([&] { EXPECT_FALSE(test.engine.load(0, rubbish)); }), kNone);
}

}  // namespace
}  // namespace sideband
