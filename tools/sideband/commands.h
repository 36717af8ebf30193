// What the command line can do: one function and one file per command.
#pragma once

#include <string>
#include <vector>

namespace sideband::cli {

struct Command {
  const char* name;
  const char* usage;  // what follows "sideband NAME"
  const char* text;   // what it does, in one line
  int (*run)(const std::vector<std::string>& words);
};

// Each throws UsageError or Fault; the result is the exit status.
int run_info(const std::vector<std::string>& words);
int run_analyze(const std::vector<std::string>& words);
int run_decode(const std::vector<std::string>& words);
int run_synth(const std::vector<std::string>& words);
int run_render(const std::vector<std::string>& words);
int run_match(const std::vector<std::string>& words);
int run_morph(const std::vector<std::string>& words);
int run_examples(const std::vector<std::string>& words);
int run_explore(const std::vector<std::string>& words);
int run_taste(const std::vector<std::string>& words);
int run_machine(const std::vector<std::string>& words);
int run_syx(const std::vector<std::string>& words);
int run_ab(const std::vector<std::string>& words);
int run_live(const std::vector<std::string>& words);
int run_export(const std::vector<std::string>& words);
int run_bench(const std::vector<std::string>& words);

}  // namespace sideband::cli
