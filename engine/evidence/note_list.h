// Files with several signed notes, one after the other, as a checkpoint_file has them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jawort {

// Each ends after its signatures. A byte-order mark at the start and carriage returns at the ends
// of lines, which editors and mails put there, are passed over; empty lines between, too. What is
// no note is one that does not open. Empty: there is nothing in it.
std::vector<std::string> notes_in(std::string_view file);

}  // namespace jawort
