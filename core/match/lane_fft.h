// Real transforms side by side: as many of one size at a time as a vector has floats, each in a
// lane of its own. Seven excerpts cost little more than one.
#pragma once

#include <cstddef>
#include <span>

#include "core/util/arena.h"
#include "core/util/simd.h"

namespace sideband::match {

class LaneFft {
 public:
  // [main-thread] `size`: a power of two from 8. False when the arena is full.
  bool prepare(std::size_t size, Arena& arena);

  std::size_t size() const { return 2 * half_; }

  // The sounds, size() samples of every lane: what forward() reads, and what inverse() writes.
  FloatV& time(std::size_t n) { return n % 2 == 0 ? even_[n / 2] : odd_[n / 2]; }
  // Their spectra, bins 0…size()/2: what forward() writes, and what inverse() reads.
  FloatV& real(std::size_t k) { return real_[k]; }
  FloatV& imaginary(std::size_t k) { return imaginary_[k]; }

  void forward() noexcept;
  void inverse() noexcept;  // unscaled: after forward(), size() times the sounds

 private:
  struct Pair {
    FloatV* real;
    FloatV* imaginary;
  };
  Pair transform(Pair from, Pair to) const noexcept;

  std::size_t half_ = 0;
  std::span<FloatV> even_;  // the samples as one complex sequence of half the length
  std::span<FloatV> odd_;
  std::span<FloatV> work_real_;
  std::span<FloatV> work_imaginary_;
  std::span<FloatV> real_;
  std::span<FloatV> imaginary_;
  std::span<float> cosine_;  // of a turn's size()-th parts
  std::span<float> sine_;
};

}  // namespace sideband::match
