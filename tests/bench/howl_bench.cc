// What the howl guard does to players, and to loops.
//
//   howl_bench GAIN_DB MODEL SOUND…   plays each sound, without a loop: none is to be found
//   howl_bench --loops MODEL SOUND   the sound in rooms of many kinds: seconds until the loop is
//   found
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/support/feedback_room.h"
#include "tests/support/test_engine.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/model_file.h"

namespace {

using namespace sideband;

struct Player {
  cli::ModelFile model;
  test::TestEngine test;

  Player(const std::string& path, int rate_hz) : model(path), test(rate_hz, 12U << 20U) {
    if (!test.engine.load(0, model.bytes) || !test.engine.finish_loading()) {
      std::fprintf(stderr, "howl_bench: %s cannot be loaded\n", path.c_str());
      std::exit(1);
    }
    test.engine.guard_against_howl(true);
  }
};

int play_sounds(float gain_db, const char* model, int count, char** sounds) {
  Player player(model, 16000);
  player.test.engine.set(Param::kInputGain, gain_db);
  std::array<int, HowlGuard::kStages> probes{};
  int howls = 0;
  double seconds = 0;
  for (int i = 0; i < count; ++i) {
    const cli::Audio audio = cli::resample(cli::read_audio(sounds[i]), 16000);
    player.test.engine.reset();
    player.test.run(audio.samples, 128);
    const HowlGuard& guard = player.test.engine.howl_guard();
    for (std::size_t s = 0; s < probes.size(); ++s) probes[s] += guard.probes()[s];
    howls += guard.howls();
    seconds += static_cast<double>(audio.samples.size()) / 16000;
    if (guard.probes()[2] > 0) {
      std::printf(
          "%s: second pattern followed, third written %d times, taken for a loop %d times\n",
          sounds[i], guard.probes()[2], guard.howls());
    }
  }
  std::printf(
      "%d sounds, %.1f minutes: first, second, third patterns written: %d, %d, %d; loops: %d\n",
      count, seconds / 60, probes[0], probes[1], probes[2], howls);
  return howls == 0 ? 0 : 1;
}

int play_loops(const char* model, const char* sound) {
  constexpr int kRateHz = 48000;
  cli::Audio audio = cli::resample(cli::read_audio(sound), kRateHz);
  audio.samples.resize(kRateHz);  // one second, then silence
  for (std::size_t i = 0; i < 2400; ++i) {
    audio.samples[audio.samples.size() - 1 - i] *= static_cast<float>(i) / 2400;
  }
  audio.samples.resize(6 * kRateHz);
  std::printf("%8s %8s %8s | %8s %8s %10s %10s\n", "delay ms", "gain dB", "reverb s", "found s",
              "howls", "end dBFS", "unguarded");
  for (const double delay_ms : {5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 250.0})
    for (const double reverb_s : {0.0, 0.3, 0.8})
      for (const double gain_db : {6.0, 15.0, 25.0}) {
        Player player(model, kRateHz);
        test::FeedbackRoom room;
        room.delay_ms = delay_ms;
        room.gain_db = gain_db;
        room.reverb_s = reverb_s;
        double found_s = -1;
        Engine& engine = player.test.engine;
        const auto out = test::play_in(room, engine, kRateHz, audio.samples, [&](std::size_t end) {
          if (found_s < 0 && engine.howl_guard().howls() > 0) found_s = double(end) / kRateHz;
        });
        const int howls = engine.howl_guard().howls();
        engine.guard_against_howl(false);
        engine.reset();
        const auto loop = test::play_in(room, engine, kRateHz, audio.samples, [](std::size_t) {});
        const auto level_db = [](const std::vector<float>& samples) {
          double sum = 0;
          for (std::size_t i = samples.size() - kRateHz; i < samples.size(); ++i)
            sum += samples[i] * samples[i];
          return 10 * std::log10(sum / kRateHz + 1e-12);
        };
        std::printf("%8.0f %8.0f %8.1f | %8.2f %8d %10.1f %10.1f\n", delay_ms, gain_db, reverb_s,
                    found_s, howls, level_db(out), level_db(loop));
      }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count == 4 && std::strcmp(words[1], "--loops") == 0) return play_loops(words[2], words[3]);
  if (count < 4) {
    std::fprintf(stderr, "usage: howl_bench GAIN_DB MODEL SOUND… | --loops MODEL SOUND\n");
    return 2;
  }
  return play_sounds(std::strtof(words[1], nullptr), words[2], count - 3, words + 3);
}
