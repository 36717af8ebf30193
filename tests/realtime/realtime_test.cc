// The audio thread takes no memory: counted, with a control that proves the counter works.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/test_engine.h"

namespace {

thread_local bool g_watching = false;
thread_local long g_calls = 0;

void count_call() {
  if (g_watching) ++g_calls;
}

}  // namespace

// glibc lets a program replace the allocator; __libc_* are the originals.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* pointer, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* pointer);

void* malloc(std::size_t bytes) {
  count_call();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  count_call();
  return __libc_calloc(count, bytes);
}
void* realloc(void* pointer, std::size_t bytes) {
  count_call();
  return __libc_realloc(pointer, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  count_call();
  return __libc_memalign(alignment, bytes);
}
void free(void* pointer) {
  count_call();
  __libc_free(pointer);
}
}

namespace sideband {
namespace {

using test::test_tone;
using test::TestEngine;

long calls_during(auto&& work) {
  g_calls = 0;
  g_watching = true;
  work();
  g_watching = false;
  return g_calls;
}

TEST(Realtime, TheCounterSeesAnAllocation) {
  EXPECT_GE(calls_during([] {
              auto* volatile value = new int(3);
              delete value;
            }),
            2);
}

TEST(Realtime, ProcessLoadingEditsAndSwitchesTakeNoMemory) {
  for (const int rate_hz : {16000, 44100, 48000}) {
    TestEngine test(rate_hz);
    ASSERT_TRUE(test.load_now(0, {.synth = "fm_noise"}));
    const std::vector<std::byte> next = test::random_model({.hidden = 32, .seed = 3});
    const std::vector<float> in = test_tone(rate_hz, 1.0F);
    std::vector<float> out(in.size());
    const long calls = calls_during([&] {
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
    EXPECT_EQ(calls, 0) << "at " << rate_hz << " Hz";
    EXPECT_TRUE(test.engine.loaded(1));
  }
}

TEST(Realtime, CalibratingAndShapingTakeNoMemory) {
  TestEngine test;
  ASSERT_TRUE(test.load_now(0, {.synth = "fm"}));
  const std::vector<float> in = test_tone(48000, 4.0F);
  std::vector<float> out(in.size());
  const std::string scale = "fifths\n2\n3/2\n2/1\n";
  const long calls = calls_during([&] {
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
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(test.engine.calibration().measured());
}

TEST(Realtime, ARefusedModelTakesNoMemory) {
  TestEngine test;
  const std::vector<std::byte> rubbish(4096, std::byte{0x7b});
  EXPECT_EQ(calls_during([&] { EXPECT_FALSE(test.engine.load(0, rubbish)); }), 0);
}

}  // namespace
}  // namespace sideband
