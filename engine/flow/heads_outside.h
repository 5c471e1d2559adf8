// What was brought out of the house, held against the log that is here: the log may not be shorter
// than any head that somebody else has, and has to go on from it. A database that was cut or put
// back cannot tell by itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

// The places that table checkpoint_sent may name.
inline constexpr std::string_view kPlacesOutside[] = {"file", "url", "mail"};

// The notes of a file to which checkpoints are appended, without what a crash left before one of
// them.
std::vector<std::string> notes_of_checkpoint_file(std::string_view file);

// "the log ends at event 29, and …: events 30 to 59 are missing"
std::string missing_events(std::int64_t events, std::int64_t covered, std::string_view covered_by);

// The newest heads in [ledger] checkpoint_file, as far as the file is there and can be read;
// nothing where none is set. Reads its last 64 KiB; blocks while the file system does, so it
// belongs outside a transaction. Take it before the snapshot of the log that it is compared with.
std::vector<std::string> read_heads_outside(const Context& context);

// `heads`: of read_heads_outside. kInternal: the log is shorter than what was brought out, or is
// another one, with the sequences. Notes by keys that are not ours say nothing.
Status check_heads_outside(const Context& context, const Tables& tables,
                           const std::vector<std::string>& heads);

// Both at once.
Status goes_on_from_outside(const Context& context);

}  // namespace jawort
