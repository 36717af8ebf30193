// Short-time spectra of a recording: the one definition behind distances and pictures, the same as
// tools/train/mss.py: periodic Hann window, hop of a quarter window, first frame centred on sample
// 0, the ends mirrored, magnitude divided by √size.
#pragma once

#include <complex>
#include <cstddef>
#include <span>

#include "core/util/arena.h"
#include "core/util/fft.h"
#include "core/util/status.h"

namespace sideband {

class Spectra {
 public:
  Status prepare(int size, Arena& arena);

  int bins() const noexcept { return fft_.bins(); }

  // Frames of a recording of that many samples.
  std::size_t frames(std::size_t samples) const noexcept;

  // The frame's magnitudes. The recording must be longer than half a window.
  void magnitudes(std::span<const float> samples, std::size_t frame, std::span<float> out) noexcept;

 private:
  RealFft fft_;
  std::span<float> window_;
  std::span<float> time_;
  std::span<std::complex<float>> spectrum_;
};

}  // namespace sideband
