# Where tools/setup keeps what it fetched and built; toolchain files ask for it too.
if(DEFINED ENV{SIDEBAND_CACHE})
  set(default_cache $ENV{SIDEBAND_CACHE})
else()
  set(default_cache $ENV{HOME}/.cache/sideband)
endif()
set(SIDEBAND_CACHE ${default_cache} CACHE PATH "Where tools/setup keeps what it fetched and built")
