# What can be chosen, and the compiler flags every target of the project shares.

set(SIDEBAND_MARCH "x86-64-v3" CACHE STRING "x86: -march of the native build (empty: the compiler's default)")
set(SIDEBAND_STAGES "" CACHE STRING "Folders of core/ to build and test besides util (empty: all)")
option(SIDEBAND_TESTS "Build the unit tests" ON)

# A build type of its own for the sanitizers; everything else is a Release build.
set(sanitizers "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_ASAN "-O1 -g1 ${sanitizers}")
set(CMAKE_CXX_FLAGS_ASAN "-O1 -g1 ${sanitizers}")
set(CMAKE_EXE_LINKER_FLAGS_ASAN "${sanitizers}")
# The same with libFuzzer's view of what was executed (clang).
set(CMAKE_C_FLAGS_FUZZ "-O1 -g1 ${sanitizers} -fsanitize=fuzzer-no-link \
-fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/fuzz_ignore.txt")
set(CMAKE_CXX_FLAGS_FUZZ "${CMAKE_C_FLAGS_FUZZ}")
set(CMAKE_EXE_LINKER_FLAGS_FUZZ "${sanitizers}")
# Counts which lines and branches ran.
set(CMAKE_C_FLAGS_COVERAGE "-O1 -g1 --coverage -fprofile-update=atomic")
set(CMAKE_CXX_FLAGS_COVERAGE "${CMAKE_C_FLAGS_COVERAGE}")
set(CMAKE_EXE_LINKER_FLAGS_COVERAGE "--coverage")
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# No contraction into fused multiply-adds: native and WASM then compute the same numbers.
add_compile_options(-ffp-contract=off)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT EMSCRIPTEN AND SIDEBAND_MARCH)
  add_compile_options(-march=${SIDEBAND_MARCH})
endif()
if(EMSCRIPTEN)
  add_compile_options(-msimd128)
endif()

# Flags of our own code; third-party sources are built without the warnings.
add_library(sideband_flags INTERFACE)
target_compile_options(sideband_flags INTERFACE -Wall -Wextra -Wshadow -Werror)
target_include_directories(sideband_flags INTERFACE ${CMAKE_SOURCE_DIR})
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Vector types by value bring notes; joining strings brings GCC 12's false alarm (its bug 105651).
  target_compile_options(sideband_flags INTERFACE -Wno-psabi -Wno-restrict)
  if(CMAKE_BUILD_TYPE MATCHES "Asan|Coverage")
    # The instrumentation itself provokes these two in GCC.
    target_compile_options(sideband_flags INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow)
  endif()
endif()

# What code that must run in an audio thread or on a microcontroller is built with, besides.
add_library(sideband_bare INTERFACE)
target_compile_options(sideband_bare INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)

# What most files include is read once a target and not once a file: a quarter less work for the
# compiler in the core, half in the tests. Not for other processors, whose builds show where a file
# does not name all that it needs.
function(sideband_precompile target)
  if(CMAKE_CROSSCOMPILING AND NOT EMSCRIPTEN)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <cmath> <cstddef> <cstdint> <cstring> <span> <string_view> <utility> ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND "<string>" IN_LIST ARGN)
    # GCC 12's false alarms about joined strings again, which it no longer knows as its library's.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow)
  endif()
endfunction()
