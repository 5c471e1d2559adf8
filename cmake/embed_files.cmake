# Run by jawort_embed at build time: writes a .cc in which each file is one raw string literal.
# Text only: file(READ) ends at a zero byte and turns CRLF into LF.
set(delimiter "~jawort~")

file(STRINGS ${LIST} files)
set(entries "")
foreach(file IN LISTS files)
  file(READ ${ROOT}/${file} content)
  string(FIND "${content}" ")${delimiter}\"" position)
  if(NOT position EQUAL -1)
    message(FATAL_ERROR "${ROOT}/${file} contains ${delimiter}, which cannot be embedded")
  endif()
  string(APPEND entries
         "    {\"${file}\"sv, R\"${delimiter}(${content})${delimiter}\"sv},\n")
endforeach()
list(LENGTH files count)

file(WRITE ${OUTPUT} "// Written by cmake/embed_files.cmake from ${count} files.
#include \"engine/base/embedded.h\"

#include <array>

namespace jawort {
namespace {

using std::string_view_literals::operator\"\"sv;

constexpr std::array<EmbeddedFile, ${count}> kFiles = {{
${entries}}};

}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() { return kFiles; }

}  // namespace jawort
")
