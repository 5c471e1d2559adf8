// What a linter found: a rule of law that a definition or a mail breaks, or seems to break.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jawort {

enum class Severity : std::uint8_t {
  kWarning,  // likely, or not in use yet: said, not refused
  kError,    // unlawful: `apply` refuses it
};

struct Finding {
  Severity severity = Severity::kWarning;
  std::string rule;  // "advertising"; a stable word for programs
  // One line: place, what, why with the ruling, what to write instead.
  std::string text;
};
using Findings = std::vector<Finding>;

}  // namespace jawort
