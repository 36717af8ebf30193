// What is heard of a sound before the search: key up, the key, and ratios between the harmonics.
#include "core/match/hearing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "core/dx7/note.h"
#include "core/match/key_up.h"
#include "core/util/rng.h"

namespace sideband::match {
namespace {

std::vector<float> played(const dx7::Voice& voice, int key, double hold_s, double seconds) {
  dx7::Note note;
  note.prepare(16000);
  note.start(voice, key, 100);
  std::vector<float> out(static_cast<std::size_t>(seconds * 16000));
  const auto held = static_cast<std::size_t>(hold_s * 16000);
  note.render(std::span(out).first(held));
  note.key_up();
  note.render(std::span(out).subspan(held));
  return out;
}

// Envelopes that fall all the while and release slowly, in any algorithm.
dx7::Voice some_voice(Rng& random) {
  const auto within = [&](unsigned low, unsigned high) {
    return static_cast<std::uint8_t>(low + random.next() % (high - low + 1));
  };
  dx7::Voice voice;
  voice.algorithm = within(0, 31);
  voice.feedback = within(0, 6);
  for (dx7::Operator& op : voice.op) {
    op.output_level = within(75, 99);
    op.coarse = within(1, 9);
    op.detune = within(5, 9);
    op.envelope = {{within(60, 99), within(20, 70), within(10, 50), within(40, 75)},
                   {within(90, 99), within(60, 99), within(20, 95), 0}};
  }
  return voice;
}

TEST(KeyUpFinder, FindsWhereTheKeyWentUp) {
  std::vector<std::byte> memory(std::size_t{4} << 20U);
  Arena arena(memory);
  KeyUpFinder finder;
  ASSERT_TRUE(finder.prepare(32000, arena));
  Rng random(7);
  for (int i = 0; i < 20; ++i) {
    const double hold_s = 0.7 + 0.05 * i;
    const auto sound = played(some_voice(random), 40 + i, hold_s, 2);
    EXPECT_NEAR(finder.find(sound), hold_s, 0.04) << i;
  }
}

TEST(KeyUpFinder, ANoteThatIsHeldToItsEndHasNone) {
  std::vector<std::byte> memory(std::size_t{4} << 20U);
  Arena arena(memory);
  KeyUpFinder finder;
  ASSERT_TRUE(finder.prepare(32000, arena));
  std::vector<float> bell(32000);
  for (std::size_t n = 0; n < bell.size(); ++n) {
    const double t = static_cast<double>(n) / 16000;
    bell[n] = static_cast<float>(0.4 * std::exp(-3 * t) * std::sin(2765 * t) +
                                 0.2 * std::exp(-5 * t) * std::sin(7633 * t));
  }
  EXPECT_NEAR(finder.find(bell), 2, 1e-9);
  EXPECT_NEAR(finder.find(std::span(bell).first(800)), 0.05, 1e-9);  // too short to tell
}

struct Heard {
  Heard(const std::vector<float>& sound, double f0_hz) {
    EXPECT_TRUE(hearing.prepare(arena));
    hearing.listen(sound, 1.5, f0_hz);
  }
  std::vector<std::byte> memory = std::vector<std::byte>(std::size_t{1} << 20U);
  Arena arena{memory};
  Hearing hearing;
};

TEST(Hearing, TheKeyWhoseHarmonicsAreHeardComesFirst) {
  dx7::Voice voice;
  voice.algorithm = 4;
  for (std::size_t i = 0; i < 4; ++i) {
    voice.op[i].output_level = i % 2 == 0 ? 99 : 78;
    voice.op[i].coarse = static_cast<std::uint8_t>(1 + i);
  }
  for (const int key : {41, 55, 67}) {
    const Heard heard(played(voice, key, 1.5, 2), 0);
    const auto pitches = heard.hearing.pitches();
    ASSERT_FALSE(pitches.empty());
    EXPECT_NEAR(12 * std::log2(pitches[0].f0_hz / 440) + 69, key, 1e-6);
    EXPECT_GT(pitches[0].probability, 0.5);
  }
}

TEST(Hearing, RatiosBetweenTheHarmonicsAreHeard) {
  dx7::Voice voice;
  voice.op[1].output_level = 80;
  voice.op[1].coarse = 2;
  voice.op[1].fine = 37;
  const Heard heard(played(voice, 57, 1.5, 2), 220);
  bool found = false;
  for (const SupposedPitch& pitch : heard.hearing.pitches()) {
    if (std::abs(pitch.f0_hz - 220) > 0.1) continue;
    for (std::size_t i = 0; i < std::min<std::size_t>(pitch.ratios, 12); ++i) {
      found = found || std::abs(pitch.ratio[i] - 2.74F) < 0.02F;
    }
  }
  EXPECT_TRUE(found);
}

// A carrier between the harmonics shifts all its partials: they are still as far apart as the key
// says, and the pitch that was measured from them alone is none.
TEST(Hearing, TheKeyIsHeardThroughACarrierThatIsNotOnIt) {
  dx7::Voice voice;
  voice.algorithm = 4;
  voice.op[0].coarse = 2;
  voice.op[0].fine = 18;  // 2.36
  voice.op[1].output_level = 85;
  voice.op[1].coarse = 1;
  voice.op[2].output_level = 90;
  voice.op[2].coarse = 1;
  voice.op[3].output_level = 78;
  voice.op[3].coarse = 3;
  for (const int key : {45, 57, 64}) {
    const double key_hz = 440 * std::exp2((key - 69) / 12.0);
    const Heard heard(played(voice, key, 1.5, 2), 2.36 * key_hz);
    const auto pitches = heard.hearing.pitches();
    ASSERT_FALSE(pitches.empty());
    EXPECT_NEAR(pitches[0].f0_hz / key_hz, 1, 1e-6) << key;
    ASSERT_GT(pitches[0].ratios, 0U);
    EXPECT_NEAR(pitches[0].ratio[0], 2.36F, 0.02F) << key;
  }
}

TEST(Hearing, SilenceIsHeardWithoutHarm) {
  const Heard heard(std::vector<float>(16000), 0);
  for (const SupposedPitch& pitch : heard.hearing.pitches()) {
    EXPECT_TRUE(std::isfinite(pitch.f0_hz) && std::isfinite(pitch.probability));
  }
}

}  // namespace
}  // namespace sideband::match
