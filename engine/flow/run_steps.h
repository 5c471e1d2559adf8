// Carries out the steps of drip campaigns that are due: reminder, welcome, and what follows. One
// transaction per step asks everything anew, queues the mail with its event, and moves the person
// on to the next step; so a step goes at most once, whenever the process is killed.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// At most `limit`, the earliest first; none while the outbox is paused. Answers how many were
// worked off, mailed or not. What cannot be composed is logged and passed over.
Result<int> run_steps(const Context& context, int limit);
// When the next is due, perhaps in the past; nothing: nobody waits, or the outbox is paused.
Result<std::optional<Instant>> next_step_due(const Context& context);

}  // namespace jawort
