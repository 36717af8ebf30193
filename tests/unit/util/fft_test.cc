#include "core/util/fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <vector>

namespace sideband {
namespace {

std::vector<float> noise(int size) {
  std::vector<float> values(static_cast<std::size_t>(size));
  unsigned state = 12345;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>(state >> 8U) / 8388608.0F - 1.0F;
  }
  return values;
}

class RealFftTest : public ::testing::TestWithParam<int> {};

TEST_P(RealFftTest, EqualsTheDefinitionAndInverts) {
  const int size = GetParam();
  std::vector<std::byte> memory(1U << 20U);
  Arena arena(memory);
  RealFft fft;
  ASSERT_TRUE(fft.prepare(size, arena).ok());
  ASSERT_EQ(fft.bins(), size / 2 + 1);

  const auto time = noise(size);
  std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(fft.bins()));
  fft.forward(time, spectrum);
  const double tolerance = 1e-5 * std::sqrt(size);
  for (int bin = 0; bin < fft.bins(); bin += 1 + size / 64) {
    std::complex<double> expected = 0;
    for (int n = 0; n < size; ++n) {
      const double turns = static_cast<double>(static_cast<long long>(bin) * n % size) / size;
      expected += static_cast<double>(time[static_cast<std::size_t>(n)]) *
                  std::polar(1.0, -2 * std::numbers::pi * turns);
    }
    const std::complex<double> found = spectrum[static_cast<std::size_t>(bin)];
    EXPECT_LT(std::abs(found - expected), tolerance) << "bin " << bin;
  }

  std::vector<float> back(time.size());
  fft.inverse(spectrum, back);
  for (std::size_t n = 0; n < time.size(); ++n) {
    ASSERT_NEAR(back[n] / static_cast<float>(size), time[n], 2e-6F) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, RealFftTest, ::testing::Values(2, 8, 30, 128, 768, 1000, 2048));

TEST(RealFft, RefusesSizesThatWouldAllocate) {
  std::vector<std::byte> memory(1U << 20U);
  Arena arena(memory);
  RealFft fft;
  for (const int size : {0, 1, 7, 14, 2 * 77, -4})
    EXPECT_FALSE(fft.prepare(size, arena).ok()) << size;
}

TEST(RealFft, SaysWhenTheArenaIsFull) {
  std::vector<std::byte> memory(256);
  Arena arena(memory);
  RealFft fft;
  const Status status = fft.prepare(1024, arena);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("1024"), std::string_view::npos);
}

}  // namespace
}  // namespace sideband
