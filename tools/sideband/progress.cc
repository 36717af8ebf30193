#include "tools/sideband/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace sideband::cli {

using std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;

Progress::Progress(std::string what)
    : what_(std::move(what)),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      next_(start_ + milliseconds(500)) {}

Progress::~Progress() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
}

void Progress::show(std::size_t done, std::size_t total) {
  if (!terminal_ || done == 0 || total == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + milliseconds(200);
  shown_ = true;
  const double fraction = static_cast<double>(done) / static_cast<double>(total);
  const double left_s = Seconds(now - start_).count() * (1 - fraction) / fraction;
  std::fprintf(stderr, "\r\033[K%s %3.0f %%, %.0f s left", what_.c_str(), 100 * fraction, left_s);
}

}  // namespace sideband::cli
