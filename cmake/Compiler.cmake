# Compiler flags that hold for every target of ours, and tools that make builds shorter.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# A room compiles without waiting for the rooms it will be linked to.
set(CMAKE_OPTIMIZE_DEPENDENCIES ON)

# Without a preset: what ships.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Paths in debug information and in __FILE__ are relative to the repository, also where ccache has
# turned them into "../../…". So a binary does not tell where it was built, and ccache finds its
# entries again from every build folder.
file(RELATIVE_PATH from_build_folder ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
add_compile_options(
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
  -ffile-prefix-map=${from_build_folder}=
  -ffile-prefix-map=${PROJECT_BINARY_DIR}=.)
add_compile_options(-fstack-protector-strong)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro,-z,now)

if(JAWORT_SANITIZE)
  add_compile_options(-fsanitize=${JAWORT_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${JAWORT_SANITIZE})
endif()

if(JAWORT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # coverage, which leads libFuzzer
endif()

find_program(JAWORT_CCACHE ccache)
if(JAWORT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # BASEDIR turns absolute paths into relative ones; precompiled headers need the sloppiness.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${JAWORT_CCACHE})
endif()

find_program(JAWORT_LLD ld.lld)
if(JAWORT_LLD)
  add_link_options(-fuse-ld=lld)
endif()

# Every target of ours: strict warnings, includes from the root of the repository, threads.
function(jawort_compile target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE Threads::Threads)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 gives false alarms of these on plain std::string code (GCC bug 105651 and its like).
    # AddressSanitizer finds the true ones.
    target_compile_options(${target} PRIVATE
      -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  # Sanitizers make GCC warn about what is not there.
  if(NOT JAWORT_SANITIZE OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(NOT target STREQUAL "jawort_shared_header")
    target_precompile_headers(${target} REUSE_FROM jawort_shared_header)
  endif()
endfunction()

# One precompiled header of light standard headers, compiled once and shared by all targets. It only
# saves time: a file still includes what it uses (the lint build has no precompiled headers).
function(jawort_shared_header)
  file(CONFIGURE OUTPUT shared_header.cc CONTENT "// Carries the precompiled header.\n")
  add_library(jawort_shared_header OBJECT ${PROJECT_BINARY_DIR}/shared_header.cc)
  jawort_compile(jawort_shared_header)
  target_precompile_headers(jawort_shared_header PRIVATE
    <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <utility> <variant> <vector>)
endfunction()
