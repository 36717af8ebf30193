# Third-party code, as tools/setup left it in the cache folder: KissFFT, XNNPACK, RapidJSON.

include(SidebandCache)

# KissFFT, float. Its malloc is replaced by a refusal: callers must pass their own memory.
set(kissfft ${SIDEBAND_CACHE}/src/kissfft)
if(NOT EXISTS ${kissfft}/kiss_fft.c)
  message(FATAL_ERROR "KissFFT is not in ${kissfft}: run tools/setup first.")
endif()
add_library(kissfft STATIC ${kissfft}/kiss_fft.c ${kissfft}/kiss_fftr.c)
target_include_directories(kissfft SYSTEM PUBLIC ${kissfft})
target_compile_definitions(kissfft PRIVATE NDEBUG)
target_compile_options(kissfft PRIVATE -w "-DKISS_FFT_MALLOC(n)=((void*)0)" "-DKISS_FFT_FREE(p)=((void)(p))")

# RapidJSON is headers only. A folder that holds nothing but a link to them keeps the rest of
# /usr/include out of sight of cross compilers.
find_path(rapidjson_parent rapidjson/reader.h PATHS /usr/include NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
if(NOT rapidjson_parent)
  message(FATAL_ERROR "RapidJSON is missing: run tools/setup, or install rapidjson-dev.")
endif()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include)
file(CREATE_LINK ${rapidjson_parent}/rapidjson ${CMAKE_BINARY_DIR}/include/rapidjson SYMBOLIC)
add_library(rapidjson INTERFACE)
target_include_directories(rapidjson SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/include)

# XNNPACK, for batches of frames; none on a microcontroller.
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
  # none on a microcontroller
elseif(EMSCRIPTEN)
  set(xnnpack ${SIDEBAND_CACHE}/xnnpack-wasm)
elseif(CMAKE_CROSSCOMPILING)
  set(xnnpack ${SIDEBAND_CACHE}/xnnpack-${CMAKE_SYSTEM_PROCESSOR})
elseif(NOT CMAKE_SYSTEM_NAME STREQUAL "Generic")
  set(xnnpack ${SIDEBAND_CACHE}/xnnpack-native)
endif()
if(xnnpack AND EXISTS ${xnnpack}/lib/libXNNPACK.a)
  add_library(xnnpack INTERFACE)
  target_include_directories(xnnpack SYSTEM INTERFACE ${xnnpack}/include)
  target_compile_definitions(xnnpack INTERFACE SIDEBAND_HAS_XNNPACK=1)
  file(GLOB xnnpack_archives ${xnnpack}/lib/*.a)
  if(EMSCRIPTEN)
    target_link_libraries(xnnpack INTERFACE ${xnnpack_archives})
  else()
    target_link_libraries(xnnpack INTERFACE -Wl,--start-group ${xnnpack_archives} -Wl,--end-group cpuinfo pthread)
  endif()
elseif(EMSCRIPTEN)
  message(STATUS "XNNPACK is not in ${xnnpack}: batches are left out; the page does without them.")
elseif(xnnpack AND CMAKE_CROSSCOMPILING)
  message(STATUS "No XNNPACK for ${CMAKE_SYSTEM_PROCESSOR}: batches and the command line are left out.")
elseif(xnnpack)
  message(FATAL_ERROR "XNNPACK is not in ${xnnpack}: run tools/setup first.")
endif()
