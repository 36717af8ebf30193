// Inputs as integers, for products with integer weights.
#pragma once

#include <cstdint>
#include <span>

namespace sideband {

// rounded[i] = x[i] / unit, rounded to nearest, at most `most` in magnitude, where unit is what is
// returned. Inputs that are not finite make all of them 0.
float round_inputs(std::span<const float> x, float most, std::span<std::int16_t> rounded) noexcept;

// So large that `inputs` products of rounded inputs with bytes cannot overflow 32 bits.
float largest_beside_bytes(int inputs) noexcept;

// The same for I16 weights: the high parts of x[i] / unit, `padded` of them, and then the low ones;
// padded is even and at least x.size().
float round_to_parts(std::span<const float> x, int padded, std::int16_t* parts) noexcept;

}  // namespace sideband
