#include "tools/sideband/csv.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <iterator>

#include "tools/sideband/arguments.h"
#include "tools/sideband/fault.h"

namespace sideband::cli {
namespace {

std::string join(const std::vector<std::string>& columns) {
  std::string line;
  for (const std::string& column : columns) line += (line.empty() ? "" : ",") + column;
  return line;
}

// A header as it is shown in a message: 165 columns would not make a sentence.
std::string shortened(const std::string& header) {
  constexpr std::size_t kLongest = 60;
  return header.size() <= kLongest ? header : header.substr(0, kLongest) + "…";
}

bool next_line(std::istream& in, std::string& line) {
  if (!std::getline(in, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

}  // namespace

CsvWriter::CsvWriter(const std::string& path, const std::vector<std::string>& columns)
    : path_(path) {
  if (path_ != "-") {
    errno = 0;
    file_.open(path_, std::ios::binary);
    if (!file_) throw Fault(path_, std::strerror(errno));
  }
  out() << join(columns) << '\n';
}

std::ostream& CsvWriter::out() {
  return path_ == "-" ? std::cout : file_;
}

void CsvWriter::row(std::span<const double> values) {
  line_.clear();
  char number[32];
  for (const double value : values) {
    if (!line_.empty()) line_ += ',';
    line_.append(number,
                 static_cast<std::size_t>(std::snprintf(number, sizeof number, "%.9g", value)));
  }
  out() << line_ << '\n';
}

void CsvWriter::finish() {
  if (!out().flush()) throw Fault(path_, "not everything could be written");
}

std::vector<std::vector<double>> read_csv(const std::string& path,
                                          const std::vector<std::string>& columns) {
  std::ifstream file;
  if (path != "-") {
    errno = 0;
    file.open(path, std::ios::binary);
    if (!file) throw Fault(path, std::strerror(errno));
  }
  std::istream& in = path == "-" ? std::cin : file;

  std::string line;
  if (!next_line(in, line)) throw Fault(path, "is empty or cannot be read");
  if (line != join(columns)) {
    throw Fault(path, "line 1 is '" + shortened(line) + "', not the header '" +
                          shortened(join(columns)) + "'");
  }
  std::vector<std::vector<double>> rows;
  std::string cell;
  for (int number = 2; next_line(in, line); ++number) {
    const std::string where = "line " + std::to_string(number);
    std::vector<double> row;
    row.reserve(columns.size());
    std::size_t begin = 0;
    while (begin <= line.size()) {
      const std::size_t end = std::min(line.find(',', begin), line.size());
      cell.assign(line, begin, end - begin);
      begin = end + 1;
      if (row.size() == columns.size()) {
        throw Fault(path, where + " has more than " + std::to_string(columns.size()) + " values");
      }
      const auto value = parse_number(cell);
      if (!value) {
        throw Fault(path, where + ": " + columns[row.size()] + " is '" + shortened(cell) +
                              "', which is not a number");
      }
      row.push_back(*value);
    }
    if (row.size() < columns.size()) {
      throw Fault(path, where + " has " + std::to_string(row.size()) + " values, not " +
                            std::to_string(columns.size()));
    }
    rows.push_back(std::move(row));
  }
  if (in.bad()) throw Fault(path, "cannot be read to its end");
  return rows;
}

const std::vector<std::string>& frame_columns() {
  static const std::vector<std::string> columns{"time_s", "f0_hz", "confidence", "loudness_db"};
  return columns;
}

std::vector<FrameRow> read_frames(const std::string& path) {
  std::vector<FrameRow> frames;
  for (const std::vector<double>& row : read_csv(path, frame_columns())) {
    if (row[1] <= 0) {
      throw Fault(path, "line " + std::to_string(frames.size() + 2) + ": f0_hz is not above 0");
    }
    frames.push_back({.f0_hz = row[1],
                      .confidence = static_cast<float>(row[2]),
                      .loudness_db = static_cast<float>(row[3])});
  }
  return frames;
}

std::vector<std::string> control_columns(const DecoderConfig& decoder) {
  std::vector<std::string> columns;
  for (int i = 1; i <= decoder.levels; ++i) columns.push_back("level" + std::to_string(i));
  if (decoder.harmonics > 0) columns.emplace_back("amplitude");
  for (int i = 1; i <= decoder.harmonics; ++i) columns.push_back("harmonic" + std::to_string(i));
  for (int i = 1; i <= decoder.noise_bands; ++i) columns.push_back("noise" + std::to_string(i));
  return columns;
}

void controls_to_row(const DecoderConfig& decoder, const Controls& controls,
                     std::vector<double>& row) {
  row.clear();
  row.insert(row.end(), controls.level.begin(), controls.level.begin() + decoder.levels);
  if (decoder.harmonics > 0) row.push_back(controls.amplitude);
  row.insert(row.end(), controls.harmonic.begin(), controls.harmonic.begin() + decoder.harmonics);
  row.insert(row.end(), controls.noise_band.begin(),
             controls.noise_band.begin() + decoder.noise_bands);
}

void row_to_controls(const DecoderConfig& decoder, std::span<const double> row,
                     Controls& controls) {
  const double* next = row.data();
  const auto value = [&next] { return static_cast<float>(*next++); };
  for (int i = 0; i < decoder.levels; ++i) controls.level[static_cast<std::size_t>(i)] = value();
  if (decoder.harmonics > 0) controls.amplitude = value();
  for (int i = 0; i < decoder.harmonics; ++i) {
    controls.harmonic[static_cast<std::size_t>(i)] = value();
  }
  for (int i = 0; i < decoder.noise_bands; ++i) {
    controls.noise_band[static_cast<std::size_t>(i)] = value();
  }
}

}  // namespace sideband::cli
