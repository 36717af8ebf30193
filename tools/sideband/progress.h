// How far long work has come, on a terminal; silent elsewhere and for work that is over at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace sideband::cli {

class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done, std::size_t total);

 private:
  std::string what_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace sideband::cli
