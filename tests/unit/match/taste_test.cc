// A listener's wishes: brighter, warmer, A or B.
#include "core/match/taste.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

namespace sideband::match {
namespace {

struct Listener {
  explicit Listener(const dx7::Voice& voice, std::uint32_t seed = 1)
      : bytes(std::size_t{1} << 20U), arena(bytes), taste(std::make_unique<Taste>()) {
    ready = taste->prepare(voice, 57, seed, arena);
  }
  std::vector<std::byte> bytes;
  Arena arena;
  std::unique_ptr<Taste> taste;
  bool ready = false;
};

dx7::Voice two_stacks() {
  dx7::Voice voice;
  voice.algorithm = 4;
  for (std::size_t i = 0; i < 4; ++i) {
    voice.op[i].envelope = {{90, 40, 30, 60}, {99, 85, 60, 0}};
    voice.op[i].output_level = i % 2 == 0 ? 95 : 70;
    voice.op[i].coarse = static_cast<std::uint8_t>(1 + i);
  }
  return voice;
}

TEST(Taste, BrighterAndWarmerMoveTheCentroidByAQuarterOctaveAndBack) {
  Listener listener(two_stacks());
  ASSERT_TRUE(listener.ready);
  Taste& taste = *listener.taste;
  const dx7::Voice before = taste.voice();
  const double start = taste.centroid_octaves();
  ASSERT_TRUE(taste.brighter(1));
  EXPECT_NEAR(taste.centroid_octaves(), start + 0.25, 0.08);
  ASSERT_TRUE(taste.brighter(-2));
  EXPECT_NEAR(taste.centroid_octaves(), start - 0.25, 0.12);
  EXPECT_TRUE(taste.undo());
  EXPECT_TRUE(taste.undo());
  EXPECT_EQ(taste.voice(), before);
  EXPECT_FALSE(taste.undo());
}

TEST(Taste, APureSineCannotBeMadeWarmer) {
  Listener listener((dx7::Voice()));
  ASSERT_TRUE(listener.ready);
  EXPECT_FALSE(listener.taste->brighter(-1));
  EXPECT_EQ(listener.taste->voice(), dx7::Voice());
}

TEST(Taste, ASilentVoiceIsRefused) {
  dx7::Voice voice;
  voice.op[0].output_level = 0;
  EXPECT_FALSE(Listener(voice).ready);
}

// Who always chooses what is nearer to a sound in mind gets there, and who chooses by coin does
// not.
TEST(Taste, ChoicesLeadToWhatTheListenerHasInMind) {
  dx7::Voice wanted = two_stacks();
  wanted.op[1].output_level = 84;
  wanted.op[3].output_level = 82;
  wanted.op[0].envelope.level = {99, 99, 95, 0};
  const auto distance = [&](const dx7::Voice& voice) {
    double sum = 0;
    for (std::size_t op = 0; op < 4; ++op) {
      const double level = (voice.op[op].output_level - wanted.op[op].output_level) / 5.0;
      const double second =
          (voice.op[op].envelope.level[1] - wanted.op[op].envelope.level[1]) / 6.0;
      const double third = (voice.op[op].envelope.level[2] - wanted.op[op].envelope.level[2]) / 6.0;
      sum += level * level + second * second + third * third;
    }
    return std::sqrt(sum);
  };
  const auto after = [&](std::uint32_t seed, bool listens) {
    Listener listener(two_stacks(), seed);
    Rng coin(seed + 100);
    for (int i = 0; i < 150; ++i) {
      const bool nearer = distance(listener.taste->variation()) < distance(listener.taste->voice());
      listener.taste->prefer(listens ? nearer : coin.next() % 2 == 0);
    }
    return distance(listener.taste->voice());
  };
  const double start = distance(two_stacks());
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    EXPECT_LT(after(seed, true), 0.5 * start) << seed;
    EXPECT_GT(after(seed, false), start) << seed;
  }
}

TEST(Taste, AVariationIsOfferedUntilItIsAnsweredAndAnAnswerCanBeUndone) {
  Listener listener(two_stacks());
  Taste& taste = *listener.taste;
  const dx7::Voice a = taste.voice();
  const dx7::Voice b = taste.variation();
  EXPECT_EQ(taste.variation(), b);
  EXPECT_FALSE(a == b);
  taste.prefer(true);
  EXPECT_EQ(taste.voice(), b);
  taste.prefer(true);  // nothing was offered: no answer
  EXPECT_EQ(taste.voice(), b);
  EXPECT_TRUE(taste.undo());
  EXPECT_EQ(taste.voice(), a);
}

}  // namespace
}  // namespace sideband::match
