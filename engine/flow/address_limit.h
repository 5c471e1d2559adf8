// "1 per P1D, 3 per P30D": how many mails that ask for a press an address is sent (PROMISES 8).
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// Whether one more may go now. The strictest limit of any form holds for an address, whichever form
// it was typed into.
Result<bool> one_more_mail_allowed(const DefinitionSet& set, const Tables& tables,
                                   std::int64_t address_key, Instant now);

}  // namespace jawort
