// Ends what nobody confirmed: removes the pending consent and the values that came with it, and
// leaves the event without personal data.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// At most `limit` consents; answers how many ended. Call again while it answers `limit`.
Result<int> expire_pending(const Context& context, int limit);

}  // namespace jawort
