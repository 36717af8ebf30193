# Emscripten as Debian packages it; emcmake would add a node flag that current nodes refuse.
if(NOT EXISTS /usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake)
  message(FATAL_ERROR "Emscripten is missing: run tools/setup, or install emscripten.")
endif()
set(CMAKE_CROSSCOMPILING_EMULATOR node CACHE STRING "Runs the test binaries")
include(/usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake)
# Optimised JS output goes through acorn, one of Debian's node modules.
set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK "${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs")
