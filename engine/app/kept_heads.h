// Files in which somebody keeps heads of the log: a checkpoint, a whole checkpoint_file, or the
// mail that brought one, as a mail program saves it (.eml).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace jawort {

// Signed notes, in their order; what of them is a head of this log is for their reader to find out.
std::vector<std::string> kept_heads(std::string_view content);
// With the name of the option in the error. kInvalid: the file cannot be read; where there may be
// none, the answer is empty.
Result<std::vector<std::string>> read_kept_heads(const std::string& path);
// As one file has them.
std::string joined_heads(const std::vector<std::string>& heads);

}  // namespace jawort
