# What the ARM Linux toolchains share; they set CMAKE_SYSTEM_PROCESSOR, arm_triplet (of Debian's cross
# compiler), arm_flags and arm_emulator. What the command line needs besides the compiler's own
# libraries (ALSA, JACK, libsndfile …) lies in a folder of the cache; tools/setup put it there.
include(${CMAKE_CURRENT_LIST_DIR}/SidebandCache.cmake)
set(arm_libraries ${SIDEBAND_CACHE}/libraries-${CMAKE_SYSTEM_PROCESSOR}/usr)
set(arm_library_folder ${arm_libraries}/lib/${arm_triplet})

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${arm_triplet}-gcc)
set(CMAKE_CXX_COMPILER ${arm_triplet}-g++)
set(CMAKE_C_FLAGS_INIT "${arm_flags}")
set(CMAKE_CXX_FLAGS_INIT "${arm_flags} -Wno-psabi")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${arm_library_folder} -Wl,-rpath-link,${arm_library_folder}")
set(CMAKE_C_STANDARD_INCLUDE_DIRECTORIES ${arm_libraries}/include)
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES ${arm_libraries}/include)
set(CMAKE_LIBRARY_PATH ${arm_library_folder})
set(ENV{PKG_CONFIG_LIBDIR} ${arm_library_folder}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${SIDEBAND_CACHE}/libraries-${CMAKE_SYSTEM_PROCESSOR})
set(CMAKE_CROSSCOMPILING_EMULATOR ${arm_emulator} -L /usr/${arm_triplet} -E LD_LIBRARY_PATH=${arm_library_folder}
  CACHE STRING "Runs the test binaries")
