// The log-mel part of spectral_loss.h for floats, as many frames at a time as a vector has lanes.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/match/lane_fft.h"
#include "core/match/spectral_loss.h"
#include "core/util/arena.h"
#include "core/util/simd.h"

namespace sideband::match {

class MelLoss {
 public:
  // [main-thread] Frames of kMelFft samples, `hop` apart. False when the arena is full.
  bool prepare(int max_samples, int hop, Arena& arena);

  // As SpectralLoss::set_target().
  void set_target(std::span<const float> target, int spacing) noexcept;

  // mel-LSD in dB over `floor`; adds `weight` times its gradient to d_sound unless that is empty.
  double evaluate(std::span<const float> sound, double floor, double weight,
                  std::span<float> d_sound) noexcept;

 private:
  static constexpr std::size_t kLanes = kSimdFloats;
  static constexpr std::size_t kBins = kMelFft / 2 + 1;
  std::size_t groups() const { return (frames_ + kLanes - 1) / kLanes; }
  void listen(std::span<const float> sound, std::size_t group) noexcept;
  void hand_back(std::size_t group, std::span<float> d_sound) noexcept;
  // The first sample of each lane's frame. Where there are fewer frames than lanes, the last one
  // fills those that are left.
  std::array<std::size_t, kLanes> firsts(std::size_t group) const noexcept;

  LaneFft fft_;
  MelBank<float> mel_;
  std::size_t hop_ = 256;
  std::span<float> window_;
  std::span<std::size_t> first_;  // samples that frames begin at
  std::size_t frames_ = 0;
  std::span<FloatV> target_;  // power, 64 bands a group
  std::span<FloatV> power_;   // of the bins; then what the loss gains by them
  std::array<FloatV, kMelBands> band_{};
};

}  // namespace sideband::match
