#include "core/measure/spectra.h"

#include <cmath>
#include <numbers>

namespace sideband {

Status Spectra::prepare(int size, Arena& arena) {
  if (Status status = fft_.prepare(size, arena); !status) return status;
  const auto length = static_cast<std::size_t>(size);
  window_ = arena.take<float>(length);
  time_ = arena.take<float>(length);
  spectrum_ = arena.take<std::complex<float>>(static_cast<std::size_t>(bins()));
  if (arena.exhausted()) return Status::error("spectra of ", size, " samples need more memory");
  for (std::size_t n = 0; n < length; ++n) {
    const double turn = static_cast<double>(n) / size;
    const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn);
    window_[n] = static_cast<float>(hann / std::sqrt(static_cast<double>(size)));
  }
  return {};
}

std::size_t Spectra::frames(std::size_t samples) const noexcept {
  return samples / (time_.size() / 4) + 1;
}

void Spectra::magnitudes(std::span<const float> samples, std::size_t frame,
                         std::span<float> out) noexcept {
  const auto length = static_cast<std::ptrdiff_t>(time_.size());
  const auto end = static_cast<std::ptrdiff_t>(samples.size()) - 1;
  const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(frame) * (length / 4) - length / 2;
  for (std::ptrdiff_t n = 0; n < length; ++n) {
    std::ptrdiff_t at = begin + n;
    if (at < 0) at = -at;
    if (at > end) at = 2 * end - at;
    const auto i = static_cast<std::size_t>(n);
    time_[i] = samples[static_cast<std::size_t>(at)] * window_[i];
  }
  fft_.forward(time_, spectrum_);
  for (std::size_t bin = 0; bin < out.size(); ++bin) {
    const float re = spectrum_[bin].real();
    const float im = spectrum_[bin].imag();
    out[bin] = std::sqrt(re * re + im * im);  // far from where std::abs would be needed
  }
}

}  // namespace sideband
