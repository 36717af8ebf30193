// The command line: finds the command, and turns what it throws into a line and an exit status.
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "tools/sideband/commands.h"
#include "tools/sideband/fault.h"

namespace sideband::cli {
namespace {

constexpr Command kCommands[] = {
    {"info", "[MODEL]", "what a model is made of; without one, the engine's figures", run_info},
    {"decode", "MODEL FRAMES.csv -o CONTROLS.csv", "what the network makes of the frames",
     run_decode},
    {"machine", "optimizer|control -o TRACE.csv",
     "the adaptive optimizer against SGD and Adam, the adaptive controller against a fixed PID",
     run_machine},
    {"export",
     "--c MODEL -o OUT.cc [--name FUNCTION] [--weights f32|f16|i8] [--reverb-ms MS] [--cortex-m7]",
     "the model as C++ source with constant arrays; --cortex-m7 packs them for that kernel",
     run_export},
    {"bench", "[MODEL …] [--json]",
     "how many times faster than real time every stage is, and its slowest block at its fastest",
     run_bench},
#ifdef SIDEBAND_WITH_SOUND_CARD
    {"live",
     "MODEL [--device NAME | --capture NAME --playback NAME | --jack] [--rate HZ] [--block N] "
     "[--blocks N] [--seconds S], or --list",
     "plays what a microphone hears, through ALSA (names as in --list) or JACK", run_live},
#endif
#ifndef SIDEBAND_WITHOUT_AUDIO_FILES
    {"analyze", "IN.wav -o FRAMES.csv [--range NAME]",
     "pitch, confidence and loudness, 250 times a second", run_analyze},
    {"synth", "MODEL FRAMES.csv CONTROLS.csv -o OUT.wav [--rate HZ] [--dry] [--no-noise]",
     "controls to audio, at 16000 Hz if not told otherwise; --dry leaves the reverb out",
     run_synth},
    {"render",
     "MODEL IN.wav -o OUT.wav [--rate HZ] [--block N] [--set param=value …] [--range R] "
     "[--as-live]",
     "the whole instrument; --as-live keeps its latency", run_render},
    {"match",
     "TARGET.wav|FOLDER -o PATCH.syx|PATCH.json|PATCH.safetensors|FOLDER [--seconds S]\n"
     "      [--render OUT.wav] [--law gradient|policy|aear|hybrid] [--hold S] [--f0 HZ] [--seed N] "
     "[--cpu]\n      [--recogniser FILE | --no-recogniser]",
     "a DX7 patch that sounds like the target, after --seconds (--cpu: of processor time)",
     run_match},
    {"morph", "A.wav B.wav -o FOLDER [--steps N] [--seconds S] [--seed N] [--cpu]",
     "patches on the way from one sound to another, with their distance to both", run_morph},
    {"explore", "-o MAP.csv [--count N] [--bank BANK.syx] [--seed N]",
     "random patches that sound, on a map by timbre; the 32 most different ones as a bank",
     run_explore},
    {"examples", "ROWS.bin -o EXAMPLES.bin",
     "many voices as the recogniser hears them, to train it", run_examples},
    {"taste", "VOICE.syx -o OUT.syx [--voice N] [--note N] [--a A.wav] [--b B.wav] [--seed N]",
     "asks for brighter, warmer, or A (as it is) against B (a variation), again and again",
     run_taste},
    {"syx",
     "list|render|copy|export FILE [-o OUT] [--voice N] [--note N] [--velocity N] [--seconds S]\n"
     "      [--hold S] [--rate HZ] [--repair] [--controls CONTROLS.csv] [--name NAME]",
     "DX7 voices and banks: what is in them, one note of a voice as WAV, a copy, a model as voice",
     run_syx},
    {"ab", "--models MODEL|FOLDER … --inputs IN.wav … -o FOLDER [--matched]",
     "students against teachers: WAVs, spectrograms, scores and a report; --matched for equal "
     "loudness",
     run_ab},
#endif
};

void print_usage(std::FILE* out) {
  std::fprintf(out, "usage:\n");
  for (const Command& command : kCommands) {
    std::fprintf(out, "  sideband %s %s\n      %s\n", command.name, command.usage, command.text);
  }
  std::fprintf(out,
               "Audio is WAV, FLAC or whatever else libsndfile reads. '-' for a CSV file is the\n"
               "standard input or output.\n");
}

int run(const Command& command, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--help" || word == "-h") {
      std::printf("usage: sideband %s %s\n  %s\n", command.name, command.usage, command.text);
      return 0;
    }
  }
  try {
    return command.run(words);
  } catch (const UsageError& error) {
    std::fprintf(stderr, "sideband: %s\nusage: sideband %s %s\n", error.what(), command.name,
                 command.usage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sideband: %s\n", error.what());
    return 1;
  }
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) {
    print_usage(stderr);
    return 2;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_usage(stdout);
    return 0;
  }
  for (const Command& command : kCommands) {
    if (words[0] == command.name) return run(command, {words.begin() + 1, words.end()});
  }
  std::fprintf(stderr, "sideband: there is no command '%s'\n", words[0].c_str());
  print_usage(stderr);
  return 2;
}

}  // namespace
}  // namespace sideband::cli

int main(int argc, char** argv) {
  return sideband::cli::dispatch(std::vector<std::string>(argv + 1, argv + argc));
}
