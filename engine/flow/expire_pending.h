// Ends what nobody confirmed: removes the pending consent and the values that came with it, and
// leaves the event without personal data.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// At most `limit` consents; answers how many ended. Call again while it answers `limit`. A consent
// that cannot end is logged as consent_not_expired, and stays while the others end.
Result<int> expire_pending(const Context& context, int limit);

}  // namespace jawort
