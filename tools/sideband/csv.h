// Features and controls as text, one row per frame; "-" is a standard stream.
#pragma once

#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "core/analyzer/features.h"
#include "core/inference/controls.h"
#include "core/inference/decoder_config.h"

namespace sideband::cli {

// Writes rows of numbers under a header, with the nine digits that bring a float back exactly.
class CsvWriter {
 public:
  CsvWriter(const std::string& path, const std::vector<std::string>& columns);
  void row(std::span<const double> values);
  void finish();  // throws Fault when not everything could be written

 private:
  std::ostream& out();

  std::string path_;
  std::ofstream file_;
  std::string line_;
};

// All rows below a header that must be `columns`; faults name the line.
std::vector<std::vector<double>> read_csv(const std::string& path,
                                          const std::vector<std::string>& columns);

// time_s,f0_hz,confidence,loudness_db
const std::vector<std::string>& frame_columns();

// A row of frames. The pitch keeps all the digits of the file: over a held note a float's rounding
// would add up in the oscillators' phase.
struct FrameRow {
  double f0_hz;
  float confidence;
  float loudness_db;

  Features features() const { return {static_cast<float>(f0_hz), confidence, loudness_db}; }
};
std::vector<FrameRow> read_frames(const std::string& path);

// level1…, noise1… or amplitude,harmonic1…,noise1…, as the model has them.
std::vector<std::string> control_columns(const DecoderConfig& decoder);
void controls_to_row(const DecoderConfig& decoder, const Controls& controls,
                     std::vector<double>& row);
void row_to_controls(const DecoderConfig& decoder, std::span<const double> row, Controls& controls);

}  // namespace sideband::cli
