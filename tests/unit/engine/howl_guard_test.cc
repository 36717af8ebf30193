// Speakers that feed the microphone, in simulated rooms around the whole engine with a trained
// model; and players, who must not be taken for such a loop.
#include "core/howl_guard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/support/feedback_room.h"
#include "tests/support/test_engine.h"

namespace sideband {
namespace {

constexpr int kRateHz = 48000;

std::vector<std::byte> bytes_of(const char* path) {
  std::ifstream file(std::string(SIDEBAND_SOURCE_DIR "/") + path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> out(bytes.size());
  std::transform(bytes.begin(), bytes.end(), out.begin(), [](char c) { return std::byte(c); });
  return out;
}

struct Instrument : test::TestEngine {
  explicit Instrument(int rate_hz, bool guarded)
      : TestEngine(rate_hz), model(bytes_of("models/violin/ddx7n-reduced.safetensors")) {
    EXPECT_TRUE(prepared());
    EXPECT_TRUE(engine.load(0, model));
    EXPECT_TRUE(engine.finish_loading().ok());
    engine.guard_against_howl(guarded);
  }
  std::vector<std::byte> model;
};

// A note of half a second with six overtones and a vibrato, then silence.
std::vector<float> note(double total_s) {
  constexpr double kSeconds = 0.5;
  std::vector<float> samples(static_cast<std::size_t>(total_s * kRateHz));
  double phase = 0;
  for (std::size_t i = 0; i < kSeconds * kRateHz; ++i) {
    const double time_s = static_cast<double>(i) / kRateHz;
    phase += 2 * M_PI * 392 * (1 + 0.004 * std::sin(2 * M_PI * 5.5 * time_s)) / kRateHz;
    const double fade = std::min({1.0, time_s * 20, (kSeconds - time_s) * 20});
    for (int k = 1; k <= 6; ++k) {
      samples[i] += static_cast<float>(0.12 * fade / k * std::sin(k * phase));
    }
  }
  return samples;
}

float level_db(const std::vector<float>& samples, double begin_s, double end_s) {
  double sum = 0;
  const auto begin = static_cast<std::size_t>(begin_s * kRateHz);
  const auto end = static_cast<std::size_t>(end_s * kRateHz);
  for (std::size_t i = begin; i < end; ++i) sum += samples[i] * samples[i];
  return static_cast<float>(10 * std::log10(sum / static_cast<double>(end - begin) + 1e-12));
}

// The largest change of slope between neighbouring samples: what a click has.
float sharpest(const std::vector<float>& samples, double begin_s, double end_s) {
  float most = 0;
  const auto end = static_cast<std::size_t>(end_s * kRateHz);
  for (auto i = static_cast<std::size_t>(begin_s * kRateHz); i < end; ++i) {
    most = std::max(most, std::abs(samples[i + 1] - 2 * samples[i] + samples[i - 1]));
  }
  return most;
}

TEST(HowlGuard, EndsLoopsSoonAndWithoutAClick) {
  const std::vector<float> player = note(3);
  for (const test::FeedbackRoom& room : {test::FeedbackRoom{.delay_ms = 5, .gain_db = 6},
                                         {.delay_ms = 5, .gain_db = 15, .reverb_s = 0.3},
                                         {.delay_ms = 20, .gain_db = 6, .reverb_s = 0.3},
                                         {.delay_ms = 30, .gain_db = 15},
                                         {.delay_ms = 60, .gain_db = 6, .reverb_s = 0.8}}) {
    Instrument free(kRateHz, false);
    const auto howl = test::play_in(room, free.engine, kRateHz, player, [](std::size_t) {});
    EXPECT_GT(level_db(howl, 2.5, 3), -12) << "no loop without the guard";

    Instrument guarded(kRateHz, true);
    double found_s = 0;
    const auto sound = test::play_in(room, guarded.engine, kRateHz, player, [&](std::size_t end) {
      if (found_s == 0 && guarded.engine.howl_guard().howls() > 0) {
        found_s = static_cast<double>(end) / kRateHz;
      }
    });
    printf("%3.0f ms, %2.0f dB, reverb %.1f s: found %.2f s after the note began, then %.0f dBFS\n",
           room.delay_ms, room.gain_db, room.reverb_s, found_s, level_db(sound, 2.5, 3));
    ASSERT_GT(found_s, 0);
    EXPECT_LT(found_s, 1.7);
    EXPECT_LT(level_db(sound, found_s + 0.15, found_s + 0.6), -40);
    EXPECT_LE(sharpest(sound, found_s, found_s + 0.3), sharpest(sound, found_s - 0.3, found_s));
    EXPECT_GE(guarded.engine.howl_guard().turned_down_db(), 6);
  }
}

TEST(HowlGuard, LeavesALoopThatDiesAloneAndALongToneInHeadphonesAsItIs) {
  std::vector<float> held = note(0.5);
  std::vector<float> player;
  while (player.size() < 8 * kRateHz) {  // its steady middle, over and over: whole periods of both
    player.insert(player.end(), held.begin() + 4800, held.begin() + 4800 + 8727);
  }
  for (const double gain_db : {-200.0, -20.0}) {
    Instrument free(kRateHz, false), guarded(kRateHz, true);
    const test::FeedbackRoom room{.delay_ms = 20, .gain_db = gain_db, .reverb_s = 0.3};
    const auto plain = test::play_in(room, free.engine, kRateHz, player, [](std::size_t) {});
    const auto sound = test::play_in(room, guarded.engine, kRateHz, player, [](std::size_t) {});
    EXPECT_EQ(guarded.engine.howl_guard().howls(), 0);
    EXPECT_EQ(guarded.engine.howl_guard().turned_down_db(), 0);
    EXPECT_GT(guarded.engine.howl_guard().probes()[0], 5) << "it was never asked";
    EXPECT_NEAR(level_db(sound, 1, 8), level_db(plain, 1, 8), 0.2);
  }
}

// Phrases that came closest to being taken for a loop, of all that the models were trained on
// (tests/golden/howl/README.md).
TEST(HowlGuard, DoesNotTakePlayersForALoop) {
  for (const char* phrase : {"swelling_violin.wav", "vibrato_trumpet.wav"}) {
    const std::vector<std::byte> wav =
        bytes_of((std::string("tests/golden/howl/") + phrase).c_str());
    ASSERT_GT(wav.size(), 44U) << phrase;
    std::vector<float> samples((wav.size() - 44) / 2);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto low = std::to_integer<unsigned>(wav[44 + 2 * i]);
      const auto high = std::to_integer<unsigned>(wav[45 + 2 * i]);
      samples[i] = static_cast<float>(static_cast<std::int16_t>(low | (high << 8U))) / 32768;
    }
    for (const float gain_db : {0.0F, 12.0F}) {
      Instrument played(16000, true);
      played.engine.set(Param::kInputGain, gain_db);
      played.run(samples, 128);
      EXPECT_EQ(played.engine.howl_guard().howls(), 0) << phrase << " at " << gain_db << " dB";
      EXPECT_GT(played.engine.howl_guard().probes()[0], 2) << phrase;
    }
  }
}

}  // namespace
}  // namespace sideband
