#include "tools/sideband/recogniser_file.h"

#include <filesystem>
#include <system_error>

#include "core/match/matcher.h"
#include "core/util/timebase.h"
#include "tools/sideband/model_file.h"

namespace sideband::cli {

RecogniserFile::RecogniserFile(const std::string& path) : memory_(match::Recogniser::kMemoryBytes) {
  constexpr auto kMostSamples =
      static_cast<std::size_t>(match::Matcher::kMaxSeconds * kAnalysisRateHz);
  check(path, recogniser_.load(file_bytes(path), kMostSamples, memory_.arena()));
}

std::string shipped_recogniser() {
  namespace fs = std::filesystem;
  std::error_code none;
  fs::path folder = fs::read_symlink("/proc/self/exe", none).parent_path();
  for (int up = 0; up < 4 && !folder.empty(); ++up, folder = folder.parent_path()) {
    const fs::path path = folder / "models" / "recogniser.safetensors";
    if (fs::is_regular_file(path, none)) return path.string();
    if (folder == folder.root_path()) break;
  }
  return {};
}

}  // namespace sideband::cli
