// A few numbers that place a sound among others: how bright, how noisy, how it begins and ends.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/util/arena.h"
#include "core/util/fft.h"

namespace sideband::match {

inline constexpr std::size_t kTimbreFeatures = 8;
inline constexpr std::array<std::string_view, kTimbreFeatures> kTimbreNames{
    "centroid_octaves", "spread_octaves", "flatness_db", "brightness_change",
    "attack_log_s",     "decay_db_per_s", "flux",        "roughness"};
using Timbre = std::array<double, kTimbreFeatures>;

class TimbreMeter {
 public:
  static constexpr int kSize = 1024;
  bool prepare(Arena& arena);

  // Of a sound at 16 kHz. False when it is too quiet (below −50 dB) or not finite: no patch to
  // keep.
  bool measure(std::span<const float> sound, Timbre& timbre) noexcept;

 private:
  RealFft fft_;
  std::span<float> frame_;
  std::span<std::complex<float>> bins_;
  std::span<float> before_;
};

}  // namespace sideband::match
