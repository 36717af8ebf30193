#include "core/match/fm_model.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/match/voice_codec.h"
#include "core/util/rng.h"

namespace sideband::match {
namespace {

// What is kept from one forward() to the next (outputs of operators that nothing new reaches) must
// never be told from what is made anew: whatever changes, in whatever order.
TEST(FmModel, WhatItKeepsIsWhatItWouldMakeAnew) {
  std::vector<std::byte> block(std::size_t{16} << 20U);
  Arena arena(block);
  constexpr std::array<Excerpt, 3> kExcerpts{{{0, 1024}, {4000, 1024}, {9000, 1024}}};
  constexpr double kHoldS = 0.4;
  FmModel<float> keeping;
  FmModel<float> fresh;
  const ModelConfig config{.max_samples = 3072, .max_frames = 200};
  ASSERT_TRUE(keeping.prepare(config, arena));
  ASSERT_TRUE(fresh.prepare(config, arena));
  keeping.set_excerpts(kExcerpts, kHoldS);
  Rng random;
  random.reseed(5);
  Parameters<float> p;
  set_algorithm(1, 0.05F, p);
  for (std::size_t op = 0; op < kOperators; ++op) p.rate[op] = {5, 2, 1, 4};
  p.level.fill(-3);
  std::vector<float> expected(3072);
  std::vector<float> actual(3072);
  std::vector<float> d_sound(3072);
  for (int i = 0; i < 400; ++i) {
    const std::size_t op = random.next() % kOperators;
    switch (random.next() % 6) {
      case 0:
        p.log2_ratio[op] = random.uniform();
        break;
      case 1:
        p.level[op] = -3 + 2 * random.uniform();
        break;
      case 2:
        p.envelope[op][random.next() % 4] = -2 + 2 * random.uniform();
        break;
      case 3:
        p.rate[op][random.next() % 4] = 3 * random.uniform();
        break;
      case 4:
        p.log2_f0 = 8 + random.uniform();
        break;
      default:
        set_algorithm(1 + static_cast<int>(random.next() % 32),
                      random.next() % 2 == 0 ? 0.05F : 0.0F, p);
    }
    const bool with_slopes = random.next() % 2 == 0;
    fresh.set_excerpts(kExcerpts, kHoldS);
    fresh.forward(p, expected, with_slopes);
    keeping.forward(p, actual, with_slopes);
    ASSERT_EQ(actual, expected) << "change " << i;
    if (!with_slopes) continue;
    for (float& d : d_sound) d = random.uniform();
    Parameters<float> d_expected;
    Parameters<float> d_actual;
    fresh.backward(p, d_sound, true, d_expected);
    keeping.backward(p, d_sound, true, d_actual);
    for (std::size_t k = 0; k < Parameters<float>::kCount; ++k) {
      ASSERT_EQ(d_actual.flat()[k], d_expected.flat()[k]) << "change " << i << ", parameter " << k;
    }
  }
}

}  // namespace
}  // namespace sideband::match
