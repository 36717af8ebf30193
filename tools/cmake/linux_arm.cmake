# What the ARM Linux toolchains share; they set CMAKE_SYSTEM_PROCESSOR, arm_triplet (of Debian's cross
# compiler), arm_flags and arm_emulator. Programs are static, so that they run under qemu-user and on
# any board as they are.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${arm_triplet}-gcc)
set(CMAKE_CXX_COMPILER ${arm_triplet}-g++)
set(CMAKE_C_FLAGS_INIT "${arm_flags}")
set(CMAKE_CXX_FLAGS_INIT "${arm_flags} -Wno-psabi")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_CROSSCOMPILING_EMULATOR "${arm_emulator}" CACHE STRING "Runs the test binaries")
