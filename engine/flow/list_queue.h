// What stands in the outbox, as an operator sees it: `queue list`, and what `--all` means.
#pragma once

#include <functional>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct QueueChoice {
  std::vector<OutboxState> states;  // empty: all
  bool uncertain = false;           // instead: those that were uncertain, in any state
};

// Calls `see` with page after page in order of id, each read on its own, until there is none or
// `limit` rows were seen (0: no limit). A page must not be changed while the next are read.
Status for_each_queued(const Context& context, const QueueChoice& choice, std::int64_t limit,
                       const std::function<Status(const std::vector<OutboxRow>&)>& see);

}  // namespace jawort
