// IP addresses go before the rest of a proof (PRODUCT §7.5): 30 days, or what [[retention]] "ip"
// says. The leaf keeps its commitment, and an event says up to which sequence they went and why.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// Walks along the log from where the last call ended, over at most `limit` events; never over all
// of it. Answers how many it walked over: call again while that is `limit`. Periods are counted in
// whole hours, so that a busy log gets one event `values_erased` an hour and not one a tick.
Result<int> expire_ips(const Context& context, int limit);

}  // namespace jawort
