// What a package brings beside the program, made from the program's own grammar and keys, so that
// it cannot say anything else than `--help` and the reader of jawort.toml. Not part of the program.
#pragma once

#include <string>
#include <vector>

#include "engine/app/command_line.h"

namespace jawort::documents {

std::string manual_of_program(const std::vector<VerbHelp>& grammar);  // jawort(1), man macros
std::string manual_of_config();                                       // jawort.toml(5)
std::string bash_completion(const std::vector<VerbHelp>& grammar);
// The jawort.toml of `jawort init` with database and keys in `state_folder`.
// Throws std::runtime_error when `init` does not write those two lines.
std::string packaged_config(const std::string& state_folder);

}  // namespace jawort::documents
