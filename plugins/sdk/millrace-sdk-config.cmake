# find_package(millrace-sdk 1 REQUIRED): mr_add_plugin, mr_plugin_test and the headers, for a plugin outside of Millrace's own tree.
include(CMakeFindDependencyMacro)
find_dependency(nlohmann_json 3.11)
include(${CMAKE_CURRENT_LIST_DIR}/millrace-sdk-targets.cmake)

# Describes and checks what is built. Without it plugins build all the same, and the first start writes the manifest.
find_program(MILLRACE_PROGRAM millrace HINTS ${CMAKE_CURRENT_LIST_DIR}/../../../bin DOC "The installed program millrace")
if(NOT MILLRACE_PROGRAM)
  message(STATUS "millrace is not found: plugins are built without manifest and check. -DMILLRACE_PROGRAM=… names the program")
endif()
if(NOT DEFINED MR_PLUGIN_DIR)
  set(MR_PLUGIN_DIR ${CMAKE_BINARY_DIR}/plugins)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/MillracePlugin.cmake)
