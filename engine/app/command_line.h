// From argv to an Invocation (CLI11 stays in the .cc file).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/app/invocation.h"

namespace jawort {

struct CommandLine {
  std::optional<Invocation> invocation;
  // Without an invocation: what to print where, and the status to end with.
  int status = kExitDone;
  std::string out, err;
};

// `arguments` without the program's name.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace jawort
