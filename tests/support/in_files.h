// What stands in files as bytes, whatever wrote it there.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "engine/base/text.h"

namespace jawort::testing {

// Whether the word, in lower case, stands in a file below the folder, in whatever case.
inline bool in_files(const std::filesystem::path& folder, std::string_view word) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes = ascii_lower(std::string(std::istreambuf_iterator<char>(in), {}));
    if (bytes.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace jawort::testing
