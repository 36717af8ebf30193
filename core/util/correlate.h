// Several neighbouring sums at a time, as correlations and convolutions need them, for processors
// without vectors: each value loaded serves several sums while it is in a register, and several
// values come with one load, which the compiler does not find.
#pragma once

#include <cstddef>

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

inline constexpr float kEightZeros[8] = {};

// sums[v] = start[v] + Σ x[n] · y[v + Step · n] for n = 0 … count − 1; count is a positive multiple of
// 8, Step 1 or −1. Each product is added in turn and rounded once.
template <int Step>
inline void eight_correlations(const float* x, const float* y, int count, const float* start,
                               float* sums) {
  static_assert(Step == 1 || Step == -1);
  const float* window = Step == 1 ? y : y - 7;  // 15 values serve eight inputs
  asm volatile(
      "vldmia %[start], {s0-s7}\n"
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
      : [sums] "r"(sums), [start] "r"(start), [stride] "r"(Step * 32), [forward] "i"(Step == 1)
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
        "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24",
        "s25", "s26", "s27", "s28", "s29", "s30");
}

#undef SIDEBAND_ADD_INPUT

// One complex product of four: re += x · h, and im.
#define SIDEBAND_ADD_PRODUCT(re, im, x_re, x_im, h_re, h_im) \
  "vmul.f32 " x_re ", " x_re ", s24\n"                       \
  "vmul.f32 " x_im ", " x_im ", s24\n"                       \
  "vfma.f32 " re ", " x_re ", " h_re "\n"                    \
  "vfma.f32 " im ", " x_re ", " h_im "\n"                    \
  "vfms.f32 " re ", " x_im ", " h_im "\n"                    \
  "vfma.f32 " im ", " x_im ", " h_re "\n"

// sum[v] += Σ gain[i] · x[v − i · stride] · h[v + i · stride] for i = 0 … count − 1 and four complex
// numbers v, whose imaginary parts lie `apart` floats behind the real ones.
inline void add_four_complex_products(const float* x, const float* h, std::size_t apart,
                                      std::size_t stride, const float* gain, int count,
                                      float* sum) {
  if (count <= 0) return;
  const float* x_im = x + apart;
  const float* h_im = h + apart;
  asm volatile(
      "vldmia %[sum_re], {s0-s3}\n"
      "vldmia %[sum_im], {s4-s7}\n"
      "1:\n"
      "vldmia %[gain]!, {s24}\n"
      "vldmia %[x_re], {s8-s11}\n"
      "vldmia %[x_im], {s12-s15}\n"
      "vldmia %[h_re], {s16-s19}\n"
      "vldmia %[h_im], {s20-s23}\n"
      "sub %[x_re], %[x_re], %[bytes]\n"
      "sub %[x_im], %[x_im], %[bytes]\n"
      "add %[h_re], %[h_re], %[bytes]\n"
      "add %[h_im], %[h_im], %[bytes]\n"
      "subs %[count], %[count], #1\n"
      SIDEBAND_ADD_PRODUCT("s0", "s4", "s8", "s12", "s16", "s20")
      SIDEBAND_ADD_PRODUCT("s1", "s5", "s9", "s13", "s17", "s21")
      SIDEBAND_ADD_PRODUCT("s2", "s6", "s10", "s14", "s18", "s22")
      SIDEBAND_ADD_PRODUCT("s3", "s7", "s11", "s15", "s19", "s23")
      "bne 1b\n"
      "vstmia %[sum_re], {s0-s3}\n"
      "vstmia %[sum_im], {s4-s7}\n"
      : [x_re] "+r"(x), [x_im] "+r"(x_im), [h_re] "+r"(h), [h_im] "+r"(h_im), [gain] "+r"(gain),
        [count] "+r"(count)
      : [sum_re] "r"(sum), [sum_im] "r"(sum + apart), [bytes] "r"(stride * sizeof(float))
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
        "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24");
}

#undef SIDEBAND_ADD_PRODUCT

// sums[v] += Σ y[v + i · stride] for i = 0 … count − 1, in turn.
inline void add_eight_columns(const float* y, std::size_t stride, int count, float* sums) {
  if (count <= 0) return;
  asm volatile(
      "vldmia %[sums], {s0-s7}\n"
      "1:\n"
      "vldmia %[y], {s16-s23}\n"
      "add %[y], %[y], %[bytes]\n"
      "subs %[count], %[count], #1\n"
      "vadd.f32 s0, s0, s16\n"
      "vadd.f32 s1, s1, s17\n"
      "vadd.f32 s2, s2, s18\n"
      "vadd.f32 s3, s3, s19\n"
      "vadd.f32 s4, s4, s20\n"
      "vadd.f32 s5, s5, s21\n"
      "vadd.f32 s6, s6, s22\n"
      "vadd.f32 s7, s7, s23\n"
      "bne 1b\n"
      "vstmia %[sums], {s0-s7}\n"
      : [y] "+r"(y), [count] "+r"(count)
      : [sums] "r"(sums), [bytes] "r"(stride * sizeof(float))
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s16", "s17", "s18", "s19",
        "s20", "s21", "s22", "s23");
}

// clang-format on

#else

inline void add_eight_columns(const float* y, std::size_t stride, int count, float* sums) {
  for (int i = 0; i < count; ++i, y += stride) {
    for (int v = 0; v < 8; ++v) sums[v] += y[v];
  }
}

#endif

}  // namespace sideband
