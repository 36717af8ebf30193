// Real FFT of a fixed size: KissFFT on arena memory.
#pragma once

#include <complex>
#include <span>

#include "core/util/arena.h"
#include "core/util/status.h"

struct kiss_fftr_state;

namespace sideband {

class RealFft {
 public:
  // [main-thread] `size` must be twice a product of 2s, 3s and 5s: other factors would take
  // KissFFT's generic butterfly, which allocates.
  Status prepare(int size, Arena& arena);

  int size() const noexcept { return size_; }
  int bins() const noexcept { return size_ / 2 + 1; }

  // [audio-thread] `time` holds size() values, `spectrum` bins(). In and out must not overlap.
  void forward(std::span<const float> time, std::span<std::complex<float>> spectrum) noexcept;

  // [audio-thread] Unscaled: inverse(forward(x)) = size() · x. The imaginary parts of the first and
  // last bin are ignored.
  void inverse(std::span<const std::complex<float>> spectrum, std::span<float> time) noexcept;

 private:
  int size_ = 0;
  kiss_fftr_state* forward_ = nullptr;
  kiss_fftr_state* inverse_ = nullptr;
};

}  // namespace sideband
