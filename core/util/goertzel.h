// Two frequencies of a signal at a time by Goertzel's recurrence, for processors without vectors.
#pragma once

#include "core/util/simd.h"

#if defined(SIDEBAND_M_PROFILE)

namespace sideband {

// s[n] = x[n] + 2 cos θ · s[n − 1] − s[n − 2], the last two values; s = 0 before the first sample.
struct GoertzelState {
  float newest = 0;
  float before = 0;
};

// clang-format off

// One step: `older` becomes the newest.
#define SIDEBAND_GOERTZEL_STEP(x, newest, older, twice_cos) \
  "vsub.f32 " older ", " x ", " older "\n"                  \
  "vfma.f32 " older ", " twice_cos ", " newest "\n"
#define SIDEBAND_GOERTZEL_STEPS(even, odd)       \
  SIDEBAND_GOERTZEL_STEP(even, "s0", "s1", "s4") \
  SIDEBAND_GOERTZEL_STEP(even, "s2", "s3", "s5") \
  SIDEBAND_GOERTZEL_STEP(odd, "s1", "s0", "s4")  \
  SIDEBAND_GOERTZEL_STEP(odd, "s3", "s2", "s5")

// Over `count` samples, a positive multiple of 8, at twice_cos[0] and [1].
inline void goertzel_pair(const float* samples, int count, const float* twice_cos,
                          GoertzelState* states) {
  asm volatile(
      "vldmia %[states], {s0-s3}\n"
      "vldmia %[twice_cos], {s4-s5}\n"
      "1:\n"
      "vldmia %[samples]!, {s8-s15}\n"
      "subs %[count], %[count], #8\n"
      SIDEBAND_GOERTZEL_STEPS("s8", "s9")
      SIDEBAND_GOERTZEL_STEPS("s10", "s11")
      SIDEBAND_GOERTZEL_STEPS("s12", "s13")
      SIDEBAND_GOERTZEL_STEPS("s14", "s15")
      "bne 1b\n"
      "vstmia %[states], {s0-s3}\n"
      : [samples] "+r"(samples), [count] "+r"(count)
      : [states] "r"(states), [twice_cos] "r"(twice_cos)
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s8", "s9", "s10", "s11", "s12", "s13",
        "s14", "s15");
}

// clang-format on

#undef SIDEBAND_GOERTZEL_STEP
#undef SIDEBAND_GOERTZEL_STEPS

}  // namespace sideband

#endif
