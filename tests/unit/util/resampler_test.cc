#include "core/util/resampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace sideband {
namespace {

struct Rates {
  int in_hz;
  int out_hz;
};

class ResamplerTest : public ::testing::TestWithParam<Rates> {
 protected:
  void SetUp() override {
    memory_.resize(4U << 20U);
    arena_ = Arena(memory_);
    ASSERT_TRUE(resampler_.prepare(GetParam().in_hz, GetParam().out_hz, arena_).ok());
    while (resampler_.load_step()) {
    }
  }

  std::vector<float> run(const std::vector<float>& in, std::size_t block) {
    resampler_.reset();
    std::vector<float> out;
    for (std::size_t at = 0; at < in.size(); at += block) {
      const std::size_t size = std::min(block, in.size() - at);
      const int expected = resampler_.outputs_for(static_cast<int>(size));
      std::vector<float> part(static_cast<std::size_t>(expected));
      EXPECT_EQ(resampler_.process({in.data() + at, size}, part), expected);
      out.insert(out.end(), part.begin(), part.end());
    }
    return out;
  }

  std::vector<std::byte> memory_;
  Arena arena_;
  Resampler resampler_;
};

TEST_P(ResamplerTest, IsTheDelayedSine) {
  const auto [in_hz, out_hz] = GetParam();
  for (const double share : {0.02, 0.3, 0.86}) {
    const double tone_hz = share * std::min(in_hz, out_hz) / 2;
    std::vector<float> in(static_cast<std::size_t>(in_hz / 5));
    for (std::size_t n = 0; n < in.size(); ++n) {
      in[n] = static_cast<float>(
          std::sin(2 * std::numbers::pi * tone_hz * static_cast<double>(n) / in_hz));
    }
    const auto out = run(in, 100);
    const double delay_s = static_cast<double>(resampler_.latency_samples()) / in_hz;
    double worst = 0;
    for (std::size_t m = out.size() / 2; m < out.size(); ++m) {
      const double t = static_cast<double>(m) / out_hz - delay_s;
      worst = std::max(worst, std::abs(out[m] - std::sin(2 * std::numbers::pi * tone_hz * t)));
    }
    EXPECT_LT(worst, 0.004) << tone_hz << " Hz";
  }
}

TEST_P(ResamplerTest, RejectsWhatTheLowerRateCannotHold) {
  const auto [in_hz, out_hz] = GetParam();
  if (in_hz <= out_hz * 1.2) GTEST_SKIP() << "nothing to reject";
  std::vector<float> in(static_cast<std::size_t>(in_hz / 5));
  for (std::size_t n = 0; n < in.size(); ++n) {
    in[n] = static_cast<float>(
        std::sin(2 * std::numbers::pi * 0.57 * out_hz / in_hz * static_cast<double>(n)));
  }
  const auto out = run(in, 333);
  for (std::size_t m = out.size() / 2; m < out.size(); ++m) ASSERT_LT(std::abs(out[m]), 0.0015F);
}

TEST_P(ResamplerTest, BlockSizeDoesNotMatter) {
  std::vector<float> in(3000);
  unsigned state = 1;
  for (float& x : in) {
    state = state * 1664525U + 1013904223U;
    x = static_cast<float>(state >> 8U) / 8388608.0F - 1.0F;
  }
  const auto whole = run(in, in.size());
  const auto [in_hz, out_hz] = GetParam();
  EXPECT_EQ(whole.size(), static_cast<std::size_t>(std::ceil(3000.0 * out_hz / in_hz)));
  for (const std::size_t block : {1U, 31U, 64U, 480U}) EXPECT_EQ(run(in, block), whole);
}

INSTANTIATE_TEST_SUITE_P(Rates, ResamplerTest,
                         ::testing::Values(Rates{48000, 16000}, Rates{44100, 16000},
                                           Rates{96000, 16000}, Rates{192000, 16000},
                                           Rates{22050, 16000}, Rates{44099, 16000},
                                           Rates{8000, 16000}, Rates{11025, 16000},
                                           Rates{16000, 48000}, Rates{16000, 44100},
                                           Rates{16000, 16000}));

// The audio thread takes one step a hop: all 441 kernels at once would be a dropout.
TEST(Resampler, IsReadiedALittleAtATime) {
  std::vector<std::byte> memory(1U << 20U);
  Arena arena(memory);
  Resampler resampler;
  ASSERT_TRUE(resampler.prepare(16000, 44100, arena).ok());
  int steps = 1;
  while (resampler.load_step()) ++steps;
  EXPECT_GE(steps, 10);
  EXPECT_FALSE(resampler.load_step());
}

TEST(Resampler, RefusesRatesOutOfRange) {
  std::vector<std::byte> memory(1U << 16U);
  Arena arena(memory);
  Resampler resampler;
  EXPECT_FALSE(resampler.prepare(0, 16000, arena).ok());
  EXPECT_FALSE(resampler.prepare(16000, 1000000, arena).ok());
}

}  // namespace
}  // namespace sideband
