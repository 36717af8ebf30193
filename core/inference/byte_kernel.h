// The kernel for I8 weights: integer products and sums, kByteGroup inputs per instruction.
#pragma once

#include <span>

#include "core/inference/kernels.h"

namespace sideband {

void byte_gemv(const PackedMatrix& matrix, std::span<const float> x, std::span<float> y,
               Epilogue epilogue) noexcept;

}  // namespace sideband
