/* What XNNPACK asks of cpuinfo that Debian 12's cpuinfo does not know yet, answered cautiously. */
#ifndef SIDEBAND_CPUINFO_COMPAT_H
#define SIDEBAND_CPUINFO_COMPAT_H
#include <stdbool.h>
#define cpuinfo_uarch_zen4 cpuinfo_uarch_zen3
static inline bool cpuinfo_has_x86_avxvnni(void) {
  return false;
}
static inline bool cpuinfo_has_x86_amx_int8(void) {
  return false;
}
#endif
