// The tables that stand in for a wide network's inputs: they keep what they are told, and a decoder
// with them sounds as it does without.
#include "core/inference/input_tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/inference/feature_scaling.h"
#include "tests/support/random_model.h"
#include "tests/unit/inference/golden_files.h"

namespace sideband::test {
namespace {

using ::sideband::DataType;

constexpr std::size_t kWidth = 37;  // no multiple of a vector

struct TabulatedSines {
  TabulatedSines() : memory(64U << 10U), arena(memory) {
    function.prepare(knots, kWidth, arena);
    std::vector<float> values(kWidth);
    for (int n = 0; n < knots.count(); ++n) {
      for (std::size_t i = 0; i < kWidth; ++i) values[i] = exact(knots[n], i);
      function.set(n, values);
    }
  }

  static float exact(float x, std::size_t i) {
    return 3 * std::sin(x * (1 + 0.2F * static_cast<float>(i)));
  }

  // A row's values are rounded to this.
  static constexpr float kRounding = 3.0F / 65534;

  // 16 to a distance of 1 from −1 to 0, from there to 1 only 4.
  Knots knots{{KnotStretch{.first = -1, .per_unit = 16, .count = 16},
               KnotStretch{.first = 0, .per_unit = 4, .count = 5}}};
  std::vector<std::byte> memory;
  Arena arena;
  TabulatedFunction function;
};

TEST(TabulatedFunction, KeepsItsKnots) {
  const TabulatedSines it;
  for (int n = 0; n < it.knots.count(); ++n) {
    std::vector<float> sums(kWidth, 10);
    ASSERT_TRUE(it.function.covers(it.knots[n]));
    it.function.add(it.knots[n], sums);
    for (std::size_t i = 0; i < kWidth; ++i) {
      ASSERT_NEAR(sums[i] - 10, it.exact(it.knots[n], i), it.kRounding + 1e-6F) << n << " " << i;
    }
  }
}

TEST(TabulatedFunction, GoesStraightBetweenThem) {
  const TabulatedSines it;
  for (float x = -0.999F; x < 1; x += 0.0137F) {
    const float per_unit = x < 0 ? 16 : 4;
    const float before = std::floor(x * per_unit);
    const float way = x * per_unit - before;
    std::vector<float> values(kWidth);
    it.function.add(x, values);
    for (std::size_t i = 0; i < kWidth; ++i) {
      const float left = it.exact(before / per_unit, i);
      const float right = it.exact((before + 1) / per_unit, i);
      ASSERT_NEAR(values[i], left + way * (right - left), it.kRounding + 1e-5F) << x << " " << i;
    }
  }
}

TEST(TabulatedFunction, CoversItsKnotsAndNoMore) {
  const TabulatedSines it;
  EXPECT_TRUE(it.function.covers(-1));
  EXPECT_TRUE(it.function.covers(1));
  EXPECT_FALSE(it.function.covers(std::nextafter(-1.0F, -2.0F)));
  EXPECT_FALSE(it.function.covers(1.0001F));
  EXPECT_FALSE(it.function.covers(std::numeric_limits<float>::quiet_NaN()));
  EXPECT_FALSE(it.function.covers(std::numeric_limits<float>::infinity()));
}

// Smooth functions of what scale_features() gives, with a bend where a LeakyReLU would have one.
float of_pitch(float pitch, std::size_t i) {
  const float bend = pitch - 0.01F * static_cast<float>(20 + i);
  return 4 * std::sin(9 * pitch + static_cast<float>(i)) + 2 * std::max(bend, 0.01F * bend);
}
float of_loudness(float loudness, std::size_t i) {
  return 7 * std::cos(4 * loudness - static_cast<float>(i));
}

// Tables of those functions, filled so many knots at a time.
struct FilledTables {
  explicit FilledTables(std::size_t at_once) : memory(1U << 20U), arena(memory) {
    tables.prepare(kWidth, arena);
    EXPECT_FALSE(arena.exhausted());
    EXPECT_FALSE(covers(440, -20));
    std::vector<float> questions(at_once * InputTables::kInputs);
    std::vector<float> answers(at_once * kWidth);
    const Frames asked = adjacent_frames(questions, InputTables::kInputs);
    const Frames answered = adjacent_frames(answers, kWidth);
    std::vector<float> before(questions.size(), -1);
    while (!tables.filled()) {
      const std::size_t changed = tables.ask(asked);
      for (std::size_t n = 0; changed < InputTables::kInputs && n < at_once; ++n) {
        const std::size_t other = 1 - changed;
        for (std::size_t m = 0; m < at_once; ++m) {  // it is what it was in all of them
          EXPECT_EQ(asked[n][other], before[m * InputTables::kInputs + other]);
        }
      }
      many_changed += changed < InputTables::kInputs ? 0 : 1;
      before = questions;
      for (std::size_t n = 0; n < at_once; ++n) {
        for (std::size_t i = 0; i < kWidth; ++i) {
          answered[n][i] = of_pitch(asked[n][0], i) + of_loudness(asked[n][1], i);
        }
      }
      tables.answer(answered);
    }
  }

  bool covers(float f0_hz, float loudness_db) const {
    const ScaledFeatures scaled = scale_features({f0_hz, 1, loudness_db});
    const std::array<float, 2> input{scaled.pitch, scaled.loudness};
    return tables.cover({input.data(), 2, 2, 1});
  }

  std::vector<std::byte> memory;
  Arena arena;
  InputTables tables;
  int many_changed = 0;  // questions where either input may have changed
};

TEST(InputTables, AnswerTheSumOfBothFunctions) {
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{4}, std::size_t{64}}) {
    const FilledTables it(at_once);
    for (float hz = 33; hz < 3300; hz *= 1.013F) {
      const float db = -80 + std::fmod(hz, 88.0F);
      ASSERT_TRUE(it.covers(hz, db)) << hz << " Hz, " << db << " dB";
      const ScaledFeatures scaled = scale_features({hz, 1, db});
      const std::array<float, 2> input{scaled.pitch, scaled.loudness};
      std::vector<float> values(kWidth, 1e6F);
      it.tables.look_up(input, values);
      for (std::size_t i = 0; i < kWidth; ++i) {
        ASSERT_NEAR(values[i], of_pitch(scaled.pitch, i) + of_loudness(scaled.loudness, i), 1e-3F)
            << hz << " Hz, " << db << " dB, " << i;
      }
    }
  }
}

TEST(InputTables, AskForOneInputAtATimeBesidesTheFirstOfEach) {
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{3}, std::size_t{5}}) {
    EXPECT_LE(FilledTables(at_once).many_changed, 3) << at_once;
  }
}

TEST(InputTables, TakeTheMemoryTheySay) {
  const FilledTables it(4);
  EXPECT_LE(it.arena.used_bytes(), InputTables::bytes(kWidth) + kWidth * sizeof(float) + 320);
}

// Extremes of pitch, transposition and gain among them: a note that is not covered takes a wide
// network three times as long.
TEST(InputTables, CoverWhateverIsPlayed) {
  const FilledTables it(4);
  for (const float f0_hz : {0.0F, 1.0F, 6.0F, 33.0F, 440.0F, 2100.0F, 3400.0F, 25600.0F, 1e9F}) {
    for (const float loudness_db : {-200.0F, -80.0F, -20.0F, 8.0F, 8.5F, 40.0F, 500.0F}) {
      EXPECT_TRUE(it.covers(f0_hz, loudness_db)) << f0_hz << " " << loudness_db;
    }
  }
}

// The largest difference in the controls between a decoder whose memory has room for tables and one
// whose memory has not.
float largest_difference(DataType weights, float low_hz, float high_hz) {
  const auto file = random_model({.synth = "harmonic_noise",
                                  .hidden = 192,
                                  .reverb = false,
                                  .seed = 5,
                                  .weight_scale = 0.07F,
                                  .weights = weights});
  LoadedModel with(file, 16U << 20U);
  LoadedModel without(file, 4U << 20U);
  EXPECT_TRUE(with.status.ok()) << with.status.message();
  EXPECT_TRUE(without.status.ok()) << without.status.message();
  Controls controls;
  Controls exact;
  float largest = 0;
  for (int n = 0; n < 500; ++n) {
    const auto t = static_cast<float>(n);
    const float way = 0.5F + 0.5F * std::sin(0.043F * t);
    const Features features{low_hz * std::pow(high_hz / low_hz, way), 1.0F,
                            -40.0F + 30.0F * std::sin(0.31F * t)};
    with.decoder.decode(features, controls);
    without.decoder.decode(features, exact);
    largest = std::max(largest, std::abs(controls.amplitude - exact.amplitude));
    for (std::size_t i = 0; i < exact.harmonic.size(); ++i) {
      largest = std::max(largest, std::abs(controls.harmonic[i] - exact.harmonic[i]));
    }
    for (std::size_t i = 0; i < exact.noise_band.size(); ++i) {
      largest = std::max(largest, std::abs(controls.noise_band[i] - exact.noise_band[i]));
    }
  }
  return largest;
}

// Not 0, for the tables are there, and not much.
void expect_near_the_network(DataType weights, float low_hz, float high_hz) {
  const float difference = largest_difference(weights, low_hz, high_hz);
  EXPECT_GT(difference, 0) << low_hz << " Hz";
  EXPECT_LT(difference, 0x1p-12F) << low_hz << " Hz";
}

TEST(InputTables, OfNarrowWeightsAreNearTheNetwork) {
  for (const DataType weights : {DataType::kI8, DataType::kF16}) {
    expect_near_the_network(weights, 60, 1900);
  }
}

TEST(InputTables, AreNearTheNetworkWhereOnlyTranspositionLeads) {
  for (const DataType weights : {DataType::kI8, DataType::kF16}) {
    expect_near_the_network(weights, 3400, 20000);
    expect_near_the_network(weights, 2, 32);
  }
}

TEST(InputTables, AreFilledAFewKnotsAtATime) {
  LoadedModel loaded(random_model({.synth = "harmonic_noise",
                                   .hidden = 192,
                                   .reverb = false,
                                   .weight_scale = 0.07F,
                                   .weights = DataType::kI8}),
                     16U << 20U);
  EXPECT_GT(loaded.load_steps, (1147 + 561) / 2);  // knots of pitch and of loudness
  EXPECT_FALSE(loaded.decoder.load_step());
}

TEST(InputTables, AreNotForWeightsOfFullPrecision) {
  EXPECT_EQ(largest_difference(DataType::kF32, 60, 1900), 0);
}

}  // namespace
}  // namespace sideband::test
