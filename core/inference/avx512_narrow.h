// The two halves of a frame of a narrow GRU, with AVX-512. Callers have made sure of the
// instructions.
#pragma once

#if defined(__x86_64__)

#include "core/inference/narrow_kernels.h"

namespace sideband::avx512 {

extern const NarrowKernels kNarrowKernels;

}  // namespace sideband::avx512

#endif
