// The inner loops of the kernels on a microcontroller with a floating-point unit and the DSP
// instructions: several weights per load and no copies between registers, which is what the
// compiler does not find. kernels.h has the order of the weights.
#pragma once

#include <cstdint>

#include "core/util/simd.h"

#if defined(SIDEBAND_M_PROFILE)

namespace sideband {

// clang-format off

#define SIDEBAND_F32_INPUT(x)              \
  "vldmia %[weights]!, {s16-s23}\n"        \
  "vfma.f32 s0, s16, " x "\n"              \
  "vfma.f32 s1, s17, " x "\n"              \
  "vfma.f32 s2, s18, " x "\n"              \
  "vfma.f32 s3, s19, " x "\n"              \
  "vfma.f32 s4, s20, " x "\n"              \
  "vfma.f32 s5, s21, " x "\n"              \
  "vfma.f32 s6, s22, " x "\n"              \
  "vfma.f32 s7, s23, " x "\n"

#define SIDEBAND_F16_PAIR(pair, even, odd, x) \
  "vcvtb.f32.f16 s20, " pair "\n"             \
  "vcvtt.f32.f16 s21, " pair "\n"             \
  "vfma.f32 " even ", s20, " x "\n"           \
  "vfma.f32 " odd ", s21, " x "\n"
#define SIDEBAND_F16_INPUT(x)              \
  "vldmia %[weights]!, {s16-s19}\n"        \
  SIDEBAND_F16_PAIR("s16", "s0", "s1", x)  \
  SIDEBAND_F16_PAIR("s17", "s2", "s3", x)  \
  SIDEBAND_F16_PAIR("s18", "s4", "s5", x)  \
  SIDEBAND_F16_PAIR("s19", "s6", "s7", x)

#define SIDEBAND_EIGHT_INPUTS(INPUT)                                          \
  asm volatile(                                                               \
      "vldmia %[sums], {s0-s7}\n"                                             \
      "1:\n"                                                                  \
      "vldmia %[x]!, {s8-s15}\n"                                              \
      "subs %[inputs], %[inputs], #8\n"                                       \
      INPUT("s8") INPUT("s9") INPUT("s10") INPUT("s11")                       \
      INPUT("s12") INPUT("s13") INPUT("s14") INPUT("s15")                     \
      "bne 1b\n"                                                              \
      "vstmia %[sums], {s0-s7}\n"                                             \
      : [weights] "+r"(weights), [x] "+r"(x), [inputs] "+r"(inputs)           \
      : [sums] "r"(sums)                                                      \
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", \
        "s9", "s10", "s11", "s12", "s13", "s14", "s15", "s16", "s17", "s18",  \
        "s19", "s20", "s21", "s22", "s23")

// A word holds an output's weights of four inputs in the order 0, 2, 1, 3: widened, its even bytes
// meet the first pair of inputs and its odd ones the second.
#define SIDEBAND_I8_WORD(word, sum)                      \
  "sxtb16 %[wide], %[" word "]\n"                        \
  "smlad %[" sum "], %[wide], %[pair0], %[" sum "]\n"    \
  "sxtb16 %[" word "], %[" word "], ror #8\n"            \
  "smlad %[" sum "], %[" word "], %[pair1], %[" sum "]\n"

// Four inputs to four sums.
#define SIDEBAND_I8_FOUR_INPUTS                             \
  "ldrd %[pair0], %[pair1], [%[x]], #8\n"                   \
  "ldrd %[word0], %[word1], [%[weights]], #8\n"             \
  SIDEBAND_I8_WORD("word0", "sum0")                         \
  SIDEBAND_I8_WORD("word1", "sum1")                         \
  "ldrd %[word0], %[word1], [%[weights]], %[rest]\n"        \
  SIDEBAND_I8_WORD("word0", "sum2")                         \
  SIDEBAND_I8_WORD("word1", "sum3")

// clang-format on

// sums[o] += Σ weights[8 i + o] · x[i] for eight outputs; `inputs` is a positive multiple of 8.
inline void add_eight_outputs(const float* weights, const float* x, int inputs, float* sums) {
  SIDEBAND_EIGHT_INPUTS(SIDEBAND_F32_INPUT);
}
inline void add_eight_outputs(const std::uint16_t* weights, const float* x, int inputs,
                              float* sums) {
  SIDEBAND_EIGHT_INPUTS(SIDEBAND_F16_INPUT);
}

// sums[o] = Σ of four outputs over `inputs`, a positive multiple of 4; the weights of four inputs
// are RowBytes apart.
template <int RowBytes>
inline void four_byte_sums(const std::int8_t* weights, const std::int16_t* x, int inputs,
                           std::int32_t* sums) {
  std::int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  std::uint32_t pair0, pair1, word0, word1, wide;
  // clang-format off
  asm volatile(
      "tst %[inputs], #4\n"
      "beq 1f\n"
      "subs %[inputs], %[inputs], #4\n"
      SIDEBAND_I8_FOUR_INPUTS
      "beq 2f\n"
      "1:\n"
      "subs %[inputs], %[inputs], #8\n"
      SIDEBAND_I8_FOUR_INPUTS
      SIDEBAND_I8_FOUR_INPUTS
      "bne 1b\n"
      "2:\n"
      : [weights] "+r"(weights), [x] "+r"(x), [inputs] "+r"(inputs), [sum0] "+r"(sum0),
        [sum1] "+r"(sum1), [sum2] "+r"(sum2), [sum3] "+r"(sum3), [pair0] "=&r"(pair0),
        [pair1] "=&r"(pair1), [word0] "=&r"(word0), [word1] "=&r"(word1), [wide] "=&r"(wide)
      : [rest] "i"(RowBytes - 8)
      : "cc", "memory");
  // clang-format on
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

#undef SIDEBAND_F32_INPUT
#undef SIDEBAND_F16_PAIR
#undef SIDEBAND_F16_INPUT
#undef SIDEBAND_EIGHT_INPUTS
#undef SIDEBAND_I8_WORD
#undef SIDEBAND_I8_FOUR_INPUTS

}  // namespace sideband

#endif
