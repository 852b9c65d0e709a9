# Compiler and linker settings shared by every target.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Relative paths and no folder in the hash, so that checkouts share their results; the last two let it use the precompiled header.
  set(launcher env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()
# Everywhere, so that the precompiled header fits every unit.
add_compile_options(-pthread)
add_link_options(-pthread -Wl,--as-needed)

if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  # Line tables are enough for stack traces, and cost a third of full debug information to compile and link.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")
endif()

if(MR_SANITIZE)
  add_compile_options(-fsanitize=${MR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MR_SANITIZE})
endif()

if(MR_FUZZ)  # without it the fuzzer sees no coverage and only guesses
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=fuzzer-no-link>)
endif()

# Warnings are for our own code; third-party headers come in as SYSTEM.
add_library(mr_warnings INTERFACE)
target_compile_options(mr_warnings INTERFACE -Wall -Wextra -Wpedantic)
target_compile_options(mr_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wshadow -Wnon-virtual-dtor -Wswitch-enum -Wconversion>)
if(MR_WARNINGS_AS_ERRORS)
  target_compile_options(mr_warnings INTERFACE -Werror)
endif()
