# 64-bit ARM Linux (Raspberry Pi 4 and the like), cross-built; tests run under qemu-user.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(arm_triplet aarch64-linux-gnu)
set(arm_flags "")
set(arm_emulator qemu-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/linux_arm.cmake)
