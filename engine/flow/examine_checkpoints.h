// Whether the heads of the log leave the house: what was last sent to each place of [ledger]
// against the newest one. For `jawort check`.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct ExaminedPlace {
  std::string setting;                    // "checkpoint_file", "timestamp_url"
  std::optional<std::int64_t> sent_size;  // events of the newest head that got there; none: nothing
  Instant sent_at;
  std::optional<Instant> waits_since;  // when the first head was due that is not there; none: fine
};
struct ExaminedCheckpoints {
  std::int64_t size = 0;              // events of the newest head
  std::vector<ExaminedPlace> places;  // those that are set; empty where there is no head either
};

// A head is due at once, or, where a place takes one now and then, at the end of the pause.
Result<ExaminedCheckpoints> examine_checkpoints(const Context& context);

}  // namespace jawort
