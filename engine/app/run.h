#pragma once

#include <string>
#include <vector>

namespace jawort {

// The whole program: `arguments` without its name; answers the exit status.
int run(const std::vector<std::string>& arguments);

}  // namespace jawort
