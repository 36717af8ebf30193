// Kernels for x86 processors with AVX-512 and its instructions for neural networks (VNNI), for
// programs that may run on others too.
#pragma once

#include "core/inference/kernels.h"

namespace sideband {

#if defined(__x86_64__)
// Null where this processor lacks the instructions.
const Kernels* avx512_kernels() noexcept;
#endif

}  // namespace sideband
