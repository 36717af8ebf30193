// Seedable random numbers: PCG32 (O'Neill 2014), the same sequence on every target.
#pragma once

#include <cstdint>

namespace sideband {

class Rng {
 public:
  explicit Rng(std::uint32_t seed = 1) noexcept { reseed(seed); }

  void reseed(std::uint32_t seed) noexcept {
    state_ = 0;
    next();
    state_ += seed;
    next();
  }

  std::uint32_t next() noexcept {
    const std::uint64_t old = state_;
    state_ = old * 6364136223846793005U + 1442695040888963407U;
    const auto mixed = static_cast<std::uint32_t>(((old >> 18U) ^ old) >> 27U);
    const auto turn = static_cast<std::uint32_t>(old >> 59U);
    return (mixed >> turn) | (mixed << ((32U - turn) & 31U));
  }

  // Uniform in [−1, 1), on a grid of 2^-23.
  float uniform() noexcept {
    return static_cast<float>(static_cast<std::int32_t>(next()) >> 8) * 0x1p-23F;
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace sideband
