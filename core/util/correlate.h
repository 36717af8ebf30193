// Eight neighbouring sums at a time, as correlations and convolutions need them, for processors
// without vectors: each value loaded serves several sums while it is in a register, and several
// values come with one load, which the compiler does not find.
#pragma once

#include "core/util/simd.h"

namespace sideband {

#if defined(SIDEBAND_M_PROFILE)

// clang-format off

// One input to all eight sums, s0–s7.
#define SIDEBAND_ADD_INPUT(x, y0, y1, y2, y3, y4, y5, y6, y7) \
  "vfma.f32 s0, " x ", " y0 "\n"                              \
  "vfma.f32 s1, " x ", " y1 "\n"                              \
  "vfma.f32 s2, " x ", " y2 "\n"                              \
  "vfma.f32 s3, " x ", " y3 "\n"                              \
  "vfma.f32 s4, " x ", " y4 "\n"                              \
  "vfma.f32 s5, " x ", " y5 "\n"                              \
  "vfma.f32 s6, " x ", " y6 "\n"                              \
  "vfma.f32 s7, " x ", " y7 "\n"

// sums[v] += Σ x[n] · y[v + Step · n] for n = 0 … count − 1; count is a multiple of 8, Step 1 or
// −1. Each product is added in turn and rounded once.
template <int Step>
inline void add_eight_correlations(const float* x, const float* y, int count, float* sums) {
  static_assert(Step == 1 || Step == -1);
  if (count <= 0) return;
  const float* window = Step == 1 ? y : y - 7;  // 15 values serve eight inputs
  asm volatile(
      "vldmia %[sums], {s0-s7}\n"
      "1:\n"
      "vldmia %[x]!, {s8-s15}\n"
      "vldmia %[window], {s16-s30}\n"
      "add %[window], %[window], %[stride]\n"
      "subs %[count], %[count], #8\n"
      ".if %c[forward]\n"
      SIDEBAND_ADD_INPUT("s8", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23")
      SIDEBAND_ADD_INPUT("s9", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24")
      SIDEBAND_ADD_INPUT("s10", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25")
      SIDEBAND_ADD_INPUT("s11", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26")
      SIDEBAND_ADD_INPUT("s12", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27")
      SIDEBAND_ADD_INPUT("s13", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28")
      SIDEBAND_ADD_INPUT("s14", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29")
      SIDEBAND_ADD_INPUT("s15", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30")
      ".else\n"
      SIDEBAND_ADD_INPUT("s8", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30")
      SIDEBAND_ADD_INPUT("s9", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29")
      SIDEBAND_ADD_INPUT("s10", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28")
      SIDEBAND_ADD_INPUT("s11", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27")
      SIDEBAND_ADD_INPUT("s12", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26")
      SIDEBAND_ADD_INPUT("s13", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25")
      SIDEBAND_ADD_INPUT("s14", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24")
      SIDEBAND_ADD_INPUT("s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23")
      ".endif\n"
      "bne 1b\n"
      "vstmia %[sums], {s0-s7}\n"
      : [x] "+r"(x), [window] "+r"(window), [count] "+r"(count)
      : [sums] "r"(sums), [stride] "r"(Step * 32), [forward] "i"(Step == 1)
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
        "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24",
        "s25", "s26", "s27", "s28", "s29", "s30");
}

#undef SIDEBAND_ADD_INPUT

// sums[v] += y[v] for eight of them.
inline void add_eight(const float* y, float* sums) {
  asm("vldmia %[y], {s16-s23}\n"
      "vadd.f32 %[s0], %[s0], s16\n"
      "vadd.f32 %[s1], %[s1], s17\n"
      "vadd.f32 %[s2], %[s2], s18\n"
      "vadd.f32 %[s3], %[s3], s19\n"
      "vadd.f32 %[s4], %[s4], s20\n"
      "vadd.f32 %[s5], %[s5], s21\n"
      "vadd.f32 %[s6], %[s6], s22\n"
      "vadd.f32 %[s7], %[s7], s23\n"
      : [s0] "+t"(sums[0]), [s1] "+t"(sums[1]), [s2] "+t"(sums[2]), [s3] "+t"(sums[3]),
        [s4] "+t"(sums[4]), [s5] "+t"(sums[5]), [s6] "+t"(sums[6]), [s7] "+t"(sums[7])
      : [y] "r"(y), "m"(*reinterpret_cast<const float(*)[8]>(y))
      : "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23");
}

// clang-format on

#else

inline void add_eight(const float* y, float* sums) {
  for (int v = 0; v < 8; ++v) sums[v] += y[v];
}

#endif

}  // namespace sideband
