// The floor that a decoder is held against: a kernel that streams as many weights as it has once,
// products added up in registers, no layers, no activations, nothing stored.
#pragma once

#include <cstdint>
#include <span>

namespace sideband::bench {

// Each runs the tile that is fastest on most machines of the kind; callers take the fastest of
// `tile` 0 … kFloorTiles − 1. weights.size() is a multiple of kFloorStep; x has kFloorInputs
// values. The result only keeps the work from being left out.
inline constexpr int kFloorTiles = 3;
inline constexpr int kFloorStep = 1024;
inline constexpr int kFloorInputs = 1024;

float stream_weights(std::span<const float> weights, const float* x, int tile) noexcept;
float stream_weights(std::span<const std::uint16_t> halves, const float* x, int tile) noexcept;

// Multiply-adds in registers alone: 2 · kPeakFlops / time is the arithmetic's peak.
inline constexpr long kPeakMultiplyAdds = 1L << 20;
float multiply_add_in_registers(float x) noexcept;

// Loads alone.
float read_only(std::span<const float> values) noexcept;

}  // namespace sideband::bench
