// The report of `sideband ab`: what was rendered and measured, as an HTML page and as a CSV table.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sideband::cli {

struct AbCell {
  std::string title{};  // "DDX7, full"
  std::string kind{};   // "reference", "anchor" or "model"
  std::string model{};  // path of the model file, or empty
  std::string stem{};   // of its files below the report's folder: STEM.wav, STEM.png, …
  double loudness_lufs = 0;
  double gain_db = 0;           // to be as loud as the reference; applied with --matched
  std::optional<double> mss{};  // against the reference
  std::optional<double> mel_lsd_db{};
  double real_time_factor = 0;  // time to compute ÷ length; 0 for the reference
  long parameters = 0;
  std::size_t bytes = 0;
};

struct AbInput {
  std::string name;
  double seconds = 0;
  std::vector<AbCell> cells;  // the reference first
};

// Writes index.html and scores.csv into the folder. `matched`: the WAV files carry their gains.
void write_ab_report(const std::string& folder, const std::vector<AbInput>& inputs, bool matched);

}  // namespace sideband::cli
