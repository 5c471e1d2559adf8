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

// The same grammar as plain data: manual page and completion are made from it (package/documents).
struct OptionHelp {
  std::string name;   // "--config"; of an argument "FILE"
  std::string value;  // "FILE"; empty: a flag
  std::string does;
  bool argument = false;  // stands without a name
  bool required = false, repeated = false;
};
struct VerbHelp {
  std::string name;  // "contact show"; empty: the program itself, with the global options
  std::string does;
  std::string footer;               // what --help ends with: an example, the exit statuses
  std::vector<OptionHelp> options;  // without --help
  std::vector<std::string> verbs;   // that may follow it
};
// The program, then its verbs in the order of --help, each before those that follow it.
std::vector<VerbHelp> describe_grammar();

}  // namespace jawort
