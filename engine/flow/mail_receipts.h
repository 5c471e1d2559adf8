// A copy outside of the operator's reach: after a confirmation the person is mailed what was
// confirmed, with the leaf hash of the confirmation and the signed checkpoint of the log that
// covers it. A campaign asks for it by a step on = "confirmed", after = "PT0S", mail = "receipt".
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// In the confirmation's transaction: notes that a receipt is wanted, where the form's campaign says
// so. `confirmation`: sequence of its event.
Status want_receipt(const Context& context, Tables& tables, std::string_view form,
                    std::int64_t confirmation);

// After the log was sealed, by the same timer: queues the receipts whose confirmation a checkpoint
// covers, at most `limit`. Each goes at most once, and only while what it tells of is still
// confirmed by that press; what cannot be composed is logged and let go. Answers how many rows were
// worked off.
Result<int> mail_receipts(const Context& context, int limit);

}  // namespace jawort
