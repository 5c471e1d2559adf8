# jawort_embed(ROOM FUNCTION FOLDER PATTERN…) compiles text files into the room and defines over
# them `std::span<const EmbeddedFile> jawort::FUNCTION()` (engine/base/embedded.h), sorted by path.
# Paths are relative to FOLDER. The .cc is written at build time, and again when a file changes,
# comes or goes.
function(jawort_embed room function folder)
  set(root ${PROJECT_SOURCE_DIR}/${folder})
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND ${root}/)
  file(GLOB files RELATIVE ${root} CONFIGURE_DEPENDS LIST_DIRECTORIES false ${patterns})
  list(FILTER files EXCLUDE REGEX "\\.(cc|h|md)$")
  list(SORT files)

  # The list goes through a file, because it may grow longer than a command line, and because a file
  # that is taken away changes nothing but the list.
  set(list_file ${PROJECT_BINARY_DIR}/embedded/${function}.list)
  set(output ${PROJECT_BINARY_DIR}/embedded/${function}.cc)
  string(REPLACE ";" "\n" lines "${files}")
  file(CONFIGURE OUTPUT ${list_file} CONTENT "${lines}" @ONLY)
  list(TRANSFORM files PREPEND ${root}/)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D FUNCTION=${function} -D ROOT=${root} -D LIST=${list_file}
            -D OUTPUT=${output} -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${list_file} ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    COMMENT "Embedding ${folder}"
    VERBATIM)
  target_sources(jawort_${room} PRIVATE ${output})
endfunction()
