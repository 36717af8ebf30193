// sideband taste: a voice shaped by what a listener says, line by line.
#include "core/match/taste.h"

#include <cstdio>
#include <iostream>
#include <memory>

#include "core/dx7/note.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/audio_file.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/fault.h"
#include "tools/sideband/memory.h"
#include "tools/sideband/syx_file.h"

namespace sideband::cli {
namespace {

constexpr const char* kWords = "brighter, warmer, a, b, undo, done";

void play_to(const std::string& path, const dx7::Voice& voice, int key) {
  constexpr int kRateHz = 48000;
  const auto note = std::make_unique<dx7::Note>();
  note->prepare(kRateHz);
  note->start(voice, key, 100);
  std::vector<float> sound(2 * kRateHz);
  note->render(std::span(sound).first(sound.size() * 3 / 4));
  note->key_up();
  note->render(std::span(sound).subspan(sound.size() * 3 / 4));
  write_wav(path, kRateHz, sound);
}

// False when the listener is done.
bool answer(const std::string& word, match::Taste& taste) {
  if (word == "done") return false;
  if (word == "brighter" || word == "warmer") {
    if (!taste.brighter(word == "brighter" ? 1 : -1)) std::printf("it goes no further\n");
  } else if (word == "a" || word == "b") {
    taste.prefer(word == "b");
  } else if (word == "undo") {
    if (!taste.undo()) std::printf("there is nothing left to undo\n");
  } else {
    std::printf("say one of %s, not '%s'\n", kWords, word.c_str());
  }
  return true;
}

}  // namespace

int run_taste(const std::vector<std::string>& words) {
  const Arguments arguments(
      words, {.switches = {}, .options = {"-o", "--voice", "--note", "--seed", "--a", "--b"}});
  const std::string path = arguments.files({"VOICE.syx"})[0];
  const std::string out_path = arguments.required("-o");
  const std::vector<dx7::Dump> dumps = read_syx(path);
  const int number = arguments.integer("--voice", 1, 32).value_or(1);
  if (dumps.empty() || static_cast<std::size_t>(number) > dumps[0].voices()) {
    throw Fault(path, "has no voice " + std::to_string(number));
  }
  const int key = arguments.integer("--note", 0, 127).value_or(60);
  Memory memory(std::size_t{1} << 20U);
  const auto taste = std::make_unique<match::Taste>();
  if (!taste->prepare(
          dumps[0].voice[static_cast<std::size_t>(number - 1)], key,
          static_cast<std::uint32_t>(arguments.integer("--seed", 0, 1 << 30).value_or(1)),
          memory.arena())) {
    throw Fault(path, "is silent at this key: there is nothing to hear");
  }
  std::string word;
  while (true) {
    taste->variation();
    if (arguments.has("--a")) play_to(arguments.required("--a"), taste->voice(), key);
    if (arguments.has("--b")) play_to(arguments.required("--b"), taste->variation(), key);
    write_syx_file(out_path, {single_dump(taste->voice())});
    std::printf("%s? ", kWords);
    std::fflush(stdout);
    if (!(std::cin >> word) || !answer(word, *taste)) break;
  }
  std::printf("\n");
  write_syx_file(out_path, {single_dump(taste->voice())});
  return 0;
}

}  // namespace sideband::cli
