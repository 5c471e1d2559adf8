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

// Heads of a log that stand among other text, as in a mail: a paragraph, an empty line, and its
// signatures. A head has no empty line of its own, so what is one is found; whether it is one, its
// reader finds out. What has no signature, as the rest of one that a crash cut off, is passed over.
std::vector<std::string> heads_in(std::string_view text);

}  // namespace jawort
