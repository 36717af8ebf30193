// Speakers that feed the microphone: a simulated room around the whole engine with a trained model.
#include "core/howl_guard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/support/test_engine.h"

namespace sideband {
namespace {

constexpr int kRateHz = 48000;
constexpr std::size_t kBlock = 128;

std::vector<std::byte> trained_model() {
  std::ifstream file(SIDEBAND_SOURCE_DIR "/models/violin/ddx7n-reduced.safetensors",
                     std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> out(bytes.size());
  std::transform(bytes.begin(), bytes.end(), out.begin(), [](char c) { return std::byte(c); });
  return out;
}

struct Played {
  std::vector<float> out;
  int howls = 0;
  float turned_down_db = 0;
};

// A player holds a tone for `tone_s`; the microphone hears it and the output through a room of a
// few reflections, 30 ms of air and buffers away, at this gain.
Played play(bool guarded, float room_gain, double tone_s, double total_s) {
  test::TestEngine test(kRateHz);
  const std::vector<std::byte> model = trained_model();
  EXPECT_TRUE(test.prepared());
  EXPECT_TRUE(test.engine.load(0, model));
  EXPECT_TRUE(test.engine.finish_loading().ok());
  test.engine.guard_against_howl(guarded);
  const auto total = static_cast<std::size_t>(total_s * kRateHz);
  const std::size_t taps[] = {1440, 1843, 2399, 3307, 4801};
  const float gains[] = {0.6F, 0.35F, -0.25F, 0.15F, -0.1F};
  std::vector<float> in(total), out(total);
  for (std::size_t begin = 0; begin + kBlock <= total; begin += kBlock) {
    for (std::size_t i = begin; i < begin + kBlock; ++i) {
      const double time_s = static_cast<double>(i) / kRateHz;
      if (time_s < tone_s) {
        const double fade = std::min({1.0, time_s * 20, (tone_s - time_s) * 20});
        for (int k = 1; k <= 6; ++k)
          in[i] += static_cast<float>(0.12 * fade / k * std::sin(2 * M_PI * 392 * k * time_s));
      }
      for (std::size_t t = 0; t < std::size(taps); ++t)
        if (i >= taps[t]) in[i] += room_gain * gains[t] * out[i - taps[t]];
    }
    test.engine.process(std::span(in).subspan(begin, kBlock),
                        std::span(out).subspan(begin, kBlock));
  }
  return {out, test.engine.howl_guard().howls(), test.engine.howl_guard().turned_down_db()};
}

float level_db(const std::vector<float>& samples, double begin_s, double end_s) {
  double sum = 0;
  const auto begin = static_cast<std::size_t>(begin_s * kRateHz);
  const auto end = static_cast<std::size_t>(end_s * kRateHz);
  for (std::size_t i = begin; i < end; ++i) sum += samples[i] * samples[i];
  return static_cast<float>(10 * std::log10(sum / static_cast<double>(end - begin) + 1e-12));
}

TEST(HowlGuard, EndsALoopThatWouldNotEndByItself) {
  const Played without = play(false, 4, 1, 14);
  const Played with = play(true, 4, 1, 14);
  const float howl = level_db(without.out, 12, 13.9);
  const float guarded = level_db(with.out, 12, 13.9);
  printf("loop: %.1f dBFS unguarded, %.1f dBFS guarded, %d found, %.0f dB down\n", howl, guarded,
         with.howls, with.turned_down_db);
  EXPECT_GT(howl, -35) << "the room is not loud enough to howl";
  EXPECT_GE(with.howls, 1);
  EXPECT_LT(guarded, howl - 30);
}

TEST(HowlGuard, LeavesALongToneInHeadphonesAloneButForOneDip) {
  const Played without = play(false, 0, 9, 9);
  const Played with = play(true, 0, 9, 9);
  EXPECT_EQ(with.howls, 0);
  EXPECT_EQ(with.turned_down_db, 0);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < with.out.size(); ++i) changed += with.out[i] != without.out[i];
  EXPECT_LT(changed, kRateHz / 8) << "more than one dip of an eighth of a second";
}

}  // namespace
}  // namespace sideband
