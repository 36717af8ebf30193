# 32-bit ARM Linux with NEON and fused multiply-add (Bela, Raspberry Pi 2 and later), cross-built;
# tests run under qemu-user.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(arm_triplet arm-linux-gnueabihf)
set(arm_flags "-mcpu=cortex-a7 -mfpu=neon-vfpv4 -mfp16-format=ieee")
set(arm_emulator qemu-arm -cpu max)
include(${CMAKE_CURRENT_LIST_DIR}/linux_arm.cmake)
