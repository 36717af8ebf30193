# 32-bit ARM Linux with NEON and fused multiply-add (Bela, Raspberry Pi 2 and later), cross-built;
# tests run under qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)
set(cortex_a "-mcpu=cortex-a7 -mfpu=neon-vfpv4 -mfp16-format=ieee")
set(CMAKE_C_FLAGS_INIT "${cortex_a}")
set(CMAKE_CXX_FLAGS_INIT "${cortex_a} -Wno-psabi")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-arm;-cpu;max" CACHE STRING "Runs the test binaries")
