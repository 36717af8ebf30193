// A small FFT in double for the gradient tests: SpectralLoss's Transform.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "core/util/arena.h"

namespace sideband::match {

class DoubleTransform {
 public:
  bool prepare(int size, Arena& arena) {
    size_ = size;
    (void)arena;
    return true;
  }
  void forward(std::span<const double> time, std::span<std::complex<double>> spectrum) {
    std::vector<std::complex<double>> x(time.begin(), time.end());
    transform(x, -1);
    std::copy_n(x.begin(), spectrum.size(), spectrum.begin());
  }
  void inverse(std::span<const std::complex<double>> spectrum, std::span<double> time) {
    const auto size = static_cast<std::size_t>(size_);
    std::vector<std::complex<double>> x(size);
    x[0] = spectrum[0].real();
    x[size / 2] = spectrum[size / 2].real();
    for (std::size_t k = 1; k < size / 2; ++k) {
      x[k] = spectrum[k];
      x[size - k] = std::conj(spectrum[k]);
    }
    transform(x, 1);
    for (std::size_t n = 0; n < size; ++n) time[n] = x[n].real();
  }

 private:
  static void transform(std::vector<std::complex<double>>& x, double sign) {
    if (x.size() == 1) return;
    std::vector<std::complex<double>> even;
    std::vector<std::complex<double>> odd;
    for (std::size_t i = 0; i < x.size(); i += 2) {
      even.push_back(x[i]);
      odd.push_back(x[i + 1]);
    }
    transform(even, sign);
    transform(odd, sign);
    for (std::size_t k = 0; k < even.size(); ++k) {
      const std::complex<double> root = roots()[k * (kLargest / x.size())];
      const auto turned = odd[k] * (sign > 0 ? root : std::conj(root));
      x[k] = even[k] + turned;
      x[k + even.size()] = even[k] - turned;
    }
  }
  static constexpr std::size_t kLargest = 1024;
  static const std::vector<std::complex<double>>& roots() {
    static const auto kRoots = [] {
      std::vector<std::complex<double>> roots(kLargest / 2);
      for (std::size_t k = 0; k < roots.size(); ++k) {
        roots[k] = std::polar(1.0, 6.283185307179586 * static_cast<double>(k) / kLargest);
      }
      return roots;
    }();
    return kRoots;
  }
  int size_ = 0;
};

}  // namespace sideband::match
