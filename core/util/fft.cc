#include "core/util/fft.h"

#include <cstddef>

#include "kiss_fftr.h"

namespace sideband {
namespace {

static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>),
              "KissFFT must be built for float");

bool is_small_radix_product(int n) {
  for (const int radix : {2, 3, 5}) {
    while (n % radix == 0) n /= radix;
  }
  return n == 1;
}

kiss_fftr_cfg make_plan(int size, bool inverse, Arena& arena) {
  std::size_t bytes = 0;
  kiss_fftr_alloc(size, inverse ? 1 : 0, nullptr, &bytes);
  const auto memory = arena.take<std::byte>(bytes);
  return memory.empty() ? nullptr : kiss_fftr_alloc(size, inverse ? 1 : 0, memory.data(), &bytes);
}

}  // namespace

Status RealFft::prepare(int size, Arena& arena) {
  if (size < 2 || size % 2 != 0 || !is_small_radix_product(size / 2)) {
    return Status::error("FFT size ", size, " is not twice a product of 2s, 3s and 5s");
  }
  size_ = size;
  forward_ = make_plan(size, false, arena);
  inverse_ = make_plan(size, true, arena);
  if (forward_ == nullptr || inverse_ == nullptr) {
    return Status::error("no memory for an FFT of size ", size);
  }
  return {};
}

void RealFft::forward(std::span<const float> time,
                      std::span<std::complex<float>> spectrum) noexcept {
  kiss_fftr(forward_, time.data(), reinterpret_cast<kiss_fft_cpx*>(spectrum.data()));
}

void RealFft::inverse(std::span<const std::complex<float>> spectrum,
                      std::span<float> time) noexcept {
  kiss_fftri(inverse_, reinterpret_cast<const kiss_fft_cpx*>(spectrum.data()), time.data());
}

}  // namespace sideband
