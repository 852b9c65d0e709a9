# How plugins are built: those of this tree, and by find_package(millrace-sdk) everybody else's.
#
#   mr_add_plugin(name source... [LIBS ...])                     millrace-<name>.so with one exported symbol, its manifest, its check
#   mr_plugin_test(name source... [LABELS ...] [LIBS ...])       GoogleTests of a built plugin; MR_TEST_PLUGIN is the library's path
set(MR_EXPORTS_MAP ${CMAKE_CURRENT_LIST_DIR}/exports.map)
include(GoogleTest)

function(mr_add_plugin name)
  cmake_parse_arguments(A "" "" "LIBS" ${ARGN})
  set(target millrace-${name})
  add_library(${target} MODULE ${A_UNPARSED_ARGUMENTS})
  set_target_properties(${target} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${MR_EXPORTS_MAP} INSTALL_RPATH "$ORIGIN")
  if(DEFINED MR_PLUGIN_DIR)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${MR_PLUGIN_DIR})
  endif()
  target_link_options(${target} PRIVATE -Wl,--version-script=${MR_EXPORTS_MAP})
  target_link_libraries(${target} PRIVATE ${A_LIBS} mr_sdk)
  if(TARGET mr_warnings)
    target_link_libraries(${target} PRIVATE mr_warnings)
  endif()
  if(NOT MR_PLUGIN_FOR_TESTS)
    set_property(GLOBAL APPEND PROPERTY MR_PLUGINS ${target})
    install(TARGETS ${target} LIBRARY DESTINATION lib/millrace/plugins COMPONENT plugins)
  endif()
  mr_write_manifest(${target})
  mr_check_plugin(${name})
endfunction()

# Writes the library's manifest beside it once it is linked, and so tries whether it opens: a plugin that does not describe itself
# breaks the build. The installed library is another file (its search path differs), and gets a manifest of its own.
function(mr_write_manifest target)
  if(TARGET millrace-attempt)  # this tree: the small program, so that plugins need not wait for the large one
    set(describe $<TARGET_FILE:millrace-attempt> --write-manifest)
    add_dependencies(${target} millrace-attempt)
  elseif(MILLRACE_PROGRAM)
    set(describe ${MILLRACE_PROGRAM} plugin describe --write)
  else()
    return()
  endif()
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM COMMAND ${describe} $<TARGET_FILE:${target}>)
  if(MR_PLUGIN_FOR_TESTS)
    return()
  endif()
  string(JOIN "\" \"" quoted ${describe})
  install(CODE "execute_process(COMMAND \"${quoted}\" \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/millrace/plugins/${target}.so\" COMMAND_ERROR_IS_FATAL ANY)"
    COMPONENT plugins)
endfunction()

# A test: does the built library keep the contract?
function(mr_check_plugin name)
  if(TARGET millrace)
    set(program $<TARGET_FILE:millrace>)
  elseif(MILLRACE_PROGRAM)
    set(program ${MILLRACE_PROGRAM})
  else()
    return()
  endif()
  add_test(NAME plugin_check.${name} COMMAND ${program} plugin check $<TARGET_FILE:millrace-${name}>)
  set_tests_properties(plugin_check.${name} PROPERTIES LABELS unit TIMEOUT 60)
endfunction()

# mr_try_plugin(test name): the test opens the built plugin; MR_TEST_PLUGIN is the library's path.
function(mr_try_plugin test name)
  target_compile_definitions(${test} PRIVATE MR_TEST_PLUGIN="$<TARGET_FILE:millrace-${name}>")
  target_link_libraries(${test} PRIVATE ${CMAKE_DL_LIBS})
  add_dependencies(${test} millrace-${name})
endfunction()

function(mr_plugin_test name)
  cmake_parse_arguments(A "" "" "LABELS;LIBS" ${ARGN})
  if(NOT TARGET GTest::gtest_main)
    find_package(GTest REQUIRED)
  endif()
  add_executable(unit_${name} ${A_UNPARSED_ARGUMENTS})
  target_link_libraries(unit_${name} PRIVATE ${A_LIBS} mr_sdk GTest::gtest GTest::gtest_main)
  if(TARGET mr_warnings)
    target_link_libraries(unit_${name} PRIVATE mr_warnings)
    target_compile_options(unit_${name} PRIVATE ${MR_TEST_OPTIONS})
  endif()
  mr_try_plugin(unit_${name} ${name})
  set_target_properties(unit_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(unit_${name} TEST_PREFIX "unit_${name}." DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "unit;${A_LABELS}" TIMEOUT 120)
endfunction()
