// The portable kernel for integer weights, I8 and I16: integer products and sums.
#pragma once

#include "core/inference/kernels.h"

namespace sideband {

void integer_gemv(const PackedMatrix& matrix, const float* x, float* y, Epilogue epilogue) noexcept;

}  // namespace sideband
