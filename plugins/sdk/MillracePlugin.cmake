# mr_add_plugin(name source... [LIBS ...]): a plugin library millrace-<name>.so with one exported symbol.
set(MR_EXPORTS_MAP ${CMAKE_CURRENT_LIST_DIR}/exports.map)

function(mr_add_plugin name)
  cmake_parse_arguments(A "" "" "LIBS" ${ARGN})
  set(target millrace-${name})
  add_library(${target} MODULE ${A_UNPARSED_ARGUMENTS})
  set_target_properties(${target} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${MR_EXPORTS_MAP} INSTALL_RPATH "$ORIGIN")
  if(DEFINED MR_PLUGIN_DIR)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${MR_PLUGIN_DIR})
  endif()
  target_link_options(${target} PRIVATE -Wl,--version-script=${MR_EXPORTS_MAP})
  target_link_libraries(${target} PRIVATE ${A_LIBS} mr_sdk)
  if(TARGET mr_warnings)
    target_link_libraries(${target} PRIVATE mr_warnings)
  endif()
  set_property(GLOBAL APPEND PROPERTY MR_PLUGINS ${target})
  mr_write_manifest(${target})
endfunction()

# Writes the library's manifest beside it once it is linked, and so tries whether it opens: a plugin that does not describe itself
# breaks the build. Nothing is done where the attempt program is not known; Millrace writes the manifest at the first start then.
function(mr_write_manifest target)
  if(TARGET millrace-attempt)
    set(attempt $<TARGET_FILE:millrace-attempt>)
    add_dependencies(${target} millrace-attempt)
  elseif(MR_ATTEMPT_PROGRAM)
    set(attempt ${MR_ATTEMPT_PROGRAM})
  else()
    return()
  endif()
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM
    COMMAND ${attempt} --write-manifest $<TARGET_FILE:${target}>)
endfunction()

# mr_try_plugin(test name): the test opens the built plugin; MR_TEST_PLUGIN is the library's path.
function(mr_try_plugin test name)
  target_compile_definitions(${test} PRIVATE MR_TEST_PLUGIN="$<TARGET_FILE:millrace-${name}>")
  target_link_libraries(${test} PRIVATE ${CMAKE_DL_LIBS})
  add_dependencies(${test} millrace-${name})
endfunction()

# mr_plugin_test(name source... [LABELS ...] [LIBS ...]): GoogleTests of a built plugin; MR_TEST_PLUGIN is the library's path.
function(mr_plugin_test name)
  cmake_parse_arguments(A "" "" "LABELS;LIBS" ${ARGN})
  add_executable(unit_${name} ${A_UNPARSED_ARGUMENTS})
  target_link_libraries(unit_${name} PRIVATE ${A_LIBS} mr_sdk GTest::gtest GTest::gtest_main)
  if(TARGET mr_warnings)
    target_link_libraries(unit_${name} PRIVATE mr_warnings)
  endif()
  mr_try_plugin(unit_${name} ${name})
  set_target_properties(unit_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(unit_${name} TEST_PREFIX "unit_${name}." DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "unit;${A_LABELS}" TIMEOUT 120)
endfunction()
