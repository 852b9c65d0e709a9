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
endfunction()
