// After a start, before any sender: what a crash or a stop interrupted goes on.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// Attempts that had not handed over their last bytes are queued again, as if not begun. The others
// are uncertain: each is recorded as such, and sent again at once, byte-identical, as often as its
// kind allows; then it is held for an operator. In transactions of a bounded size. Answers how many
// were uncertain.
Result<int> recover_outbox(const Context& context);

}  // namespace jawort
