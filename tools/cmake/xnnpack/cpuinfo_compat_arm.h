/* The same for ARM: these extensions' kernels are not built anyway. */
#ifndef SIDEBAND_CPUINFO_COMPAT_ARM_H
#define SIDEBAND_CPUINFO_COMPAT_ARM_H
#include <stdbool.h>
static inline bool cpuinfo_has_arm_neon_bf16(void) {
  return false;
}
static inline bool cpuinfo_has_arm_i8mm(void) {
  return false;
}
static inline bool cpuinfo_has_arm_sme(void) {
  return false;
}
static inline bool cpuinfo_has_arm_sme2(void) {
  return false;
}
#endif
