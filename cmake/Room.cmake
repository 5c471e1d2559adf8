# A room is one folder (or two) compiled into the static library jawort_NAME. It is linked to every
# room declared before it. A room without a source file yet is an empty library.

set(JAWORT_ROOMS "" CACHE INTERNAL "rooms so far, left to right")

function(jawort_room name)
  cmake_parse_arguments(ARG "" "" "EXCEPT" ${ARGN})
  set(patterns ${ARG_UNPARSED_ARGUMENTS})
  list(TRANSFORM patterns APPEND "/*.cc")
  file(GLOB sources RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${patterns})
  if(ARG_EXCEPT)
    list(REMOVE_ITEM sources ${ARG_EXCEPT})
  endif()
  list(TRANSFORM JAWORT_ROOMS PREPEND jawort_ OUTPUT_VARIABLE rooms_left_of_it)
  list(REVERSE rooms_left_of_it)  # the linker wants users before what they use

  if(NOT sources)
    set(sources ${PROJECT_BINARY_DIR}/shared_header.cc)  # a library needs at least one
  endif()
  add_library(jawort_${name} STATIC ${sources})
  jawort_compile(jawort_${name})
  target_link_libraries(jawort_${name} PUBLIC ${rooms_left_of_it})
  set(JAWORT_ROOMS ${JAWORT_ROOMS} ${name} CACHE INTERNAL "rooms so far, left to right")
endfunction()

# Libraries of others that this room alone may use. Their headers count as system headers.
function(jawort_vendor name)
  target_link_libraries(jawort_${name} PRIVATE ${ARGN})
endfunction()

function(jawort_define name)
  target_compile_definitions(jawort_${name} PRIVATE ${ARGN})
endfunction()

# A Catch2 program test_NAME from the given folders; none where there are no sources yet.
function(jawort_suite name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;EXCEPT;LINK" ${ARGN})
  set(patterns ${ARG_FOLDERS})
  list(TRANSFORM patterns APPEND "/*.cc")
  file(GLOB sources RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS ${patterns})
  if(ARG_EXCEPT)
    list(REMOVE_ITEM sources ${ARG_EXCEPT})
  endif()
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  jawort_compile(test_${name})
  target_link_libraries(test_${name} PRIVATE ${ARG_LINK} Catch2::Catch2WithMain)
  set_property(GLOBAL APPEND PROPERTY JAWORT_SUITES test_${name})
endfunction()
