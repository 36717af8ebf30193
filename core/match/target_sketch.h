// What is known of a target before any search: its loudness as an envelope, its strongest partials,
// and the moments of it that are worth listening to.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <span>

#include "core/match/fm_model.h"
#include "core/util/arena.h"
#include "core/util/fft.h"

namespace sideband::match {

class TargetSketch {
 public:
  static constexpr int kExcerptSamples = 1024;

  // [main-thread] `sound` at 16 kHz, its key held for `given_hold_s`. A pitch of 0 is found in the
  // sound. False when the arena is full.
  bool prepare(std::span<const float> sound, double given_f0_hz, double given_hold_s, Arena& arena);

  double f0_hz = 440;
  double hold_s = 1;  // when its key went up

  // The loudness as the shape that every operator starts from: doublings from its peak and log2 of
  // doublings a second; and the peak itself, in doublings from full scale.
  std::array<float, 4> level{};
  std::array<float, 4> rate{};
  float peak_level = 0;

  std::array<float, 24> partial{};  // ratios to f0 of the strongest partials, the strongest first
  std::size_t partials = 0;

  std::array<Excerpt, 12> excerpt{};
  std::size_t excerpts = 0;

 private:
  void sketch_envelope(std::span<const float> sound) noexcept;
  void find_partials(std::span<const float> sound, double given_f0_hz, std::span<float> frame,
                     std::span<std::complex<float>> bins) noexcept;
  void choose_excerpts(std::size_t samples) noexcept;

  RealFft fft_;
};

}  // namespace sideband::match
