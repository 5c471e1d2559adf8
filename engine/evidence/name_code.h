// Names in the second version of leaves: one byte for those of FORMAT.md's table.
#pragma once

#include <string>
#include <string_view>

#include "engine/evidence/bytes_io.h"

namespace jawort {

// REQUIRES: 1 to 255 bytes
void write_name(ByteWriter& out, std::string_view name);

// `strict`: a name that the table has must not be spelled out. What cannot be read makes the reader
// fail.
std::string read_name(ByteReader& in, bool strict);

}  // namespace jawort
