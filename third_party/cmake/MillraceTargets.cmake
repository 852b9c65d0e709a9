# How libraries, plugins and tests are declared. Sources are found by folder, so adding a file needs no edit here.
include(GoogleTest)

# The standard headers that nearly every unit includes, compiled once for core.
add_library(mr_pch OBJECT ${CMAKE_SOURCE_DIR}/core/base/std.cpp)
target_include_directories(mr_pch PRIVATE ${CMAKE_SOURCE_DIR}/core)
target_precompile_headers(mr_pch PRIVATE [[<base/std.hpp>]])
target_link_libraries(mr_pch PRIVATE mr_warnings)

# mr_floor(name LIBS ...): one library per folder of core/, include root core/.
function(mr_floor name)
  cmake_parse_arguments(A "" "" "LIBS;PRIVATE_LIBS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  foreach(file IN LISTS A_EXCLUDE)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${name}/${file})
  endforeach()
  if(NOT sources)
    set(sources ${CMAKE_SOURCE_DIR}/core/base/std.cpp)
  endif()
  add_library(mr_${name} STATIC ${sources})
  target_include_directories(mr_${name} PUBLIC ${CMAKE_SOURCE_DIR}/core)
  target_link_libraries(mr_${name} PUBLIC ${A_LIBS} PRIVATE ${A_PRIVATE_LIBS} mr_warnings)
  target_precompile_headers(mr_${name} REUSE_FROM mr_pch)
endfunction()

# Tests are compiled more often than they are run, and what they try is optimised fully all the same.
set(MR_TEST_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O1>)

# mr_test(name LABELS ... LIBS ... SOURCES ...): a GoogleTest binary; each test is a ctest entry named name.Suite.Case.
# ONE_PROCESS: one entry for all, where the cases share what is dear to set up.
function(mr_test name)
  cmake_parse_arguments(A "ONE_PROCESS" "TIMEOUT" "LABELS;LIBS;SOURCES;ENV" ${ARGN})
  if(NOT A_SOURCES)
    return()
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  add_executable(${name} ${A_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/core)
  target_link_libraries(${name} PRIVATE ${A_LIBS} GTest::gmock GTest::gtest GTest::gtest_main mr_warnings)
  target_compile_options(${name} PRIVATE ${MR_TEST_OPTIONS})
  if(A_ONE_PROCESS)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT} ENVIRONMENT "${A_ENV}")
  else()
    gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
      PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT} ENVIRONMENT "${A_ENV}")
  endif()
endfunction()
