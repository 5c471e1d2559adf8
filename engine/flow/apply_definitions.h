// `jawort apply`: definitions from a file become new versions in force.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct DefinitionFile {
  std::string name, content;
};

struct Applied {
  struct Change {
    std::string kind, id;
    Hash256 version{};
    std::vector<std::string> differences;  // what changed, line by line
  };
  std::vector<Change> changed;
  int unchanged = 0;
  std::vector<std::string> warnings;  // "not active yet" and other remarks
};

// `dry_run`: checks and compares only. kConfiguration: all errors, one per line, nothing stored.
Result<Applied> apply_definitions(const Context& context, const std::vector<DefinitionFile>& files,
                                  bool dry_run);
// At start: the set in force, from the store.
Status load_definitions(const Context& context);

}  // namespace jawort
