// Signs the head of the log: checkpoints (engine/evidence/checkpoint.h) by the ledger key, at least
// every minute in which something was written down, and when somebody needs one. A checkpoint never
// covers less than an older one, and its time goes back only together with a recorded step of the
// clock.
#pragma once

#include <vector>

#include "engine/evidence/key_history.h"
#include "engine/flow/context.h"

namespace jawort {

// The checkpoint that covers everything committed before the call: the last one, or a new one, on
// disk. Thread-safe. kNotFound: the log is empty. kRefused: there is no key that may sign, with
// what to do. kInternal: the log does not continue the last checkpoint, or
// one that was brought out of the house; nothing is signed any more.
Result<CheckpointRow> seal_now(const Context& context);

// The same at the end of a server, when nobody asks: what goes wrong is told in the log.
void seal_at_end(const Context& context);

// For a timer, about every ten seconds: records steps of the clock, and signs when it is time.
Status tend_ledger(const Context& context);

// How the keys of the log followed each other; empty before the first was used.
Result<std::vector<KnownKey>> ledger_history(const Context& context);
// The key that signs now, announced where it was not yet. Errors as seal_now.
Result<SigningKey> ledger_signer(const Context& context);

// Whether a key is there that may sign; kRefused with what to do. Writes nothing.
Status can_sign(const Context& context);

// For the metrics; `what`: "seal", or the place that was not reached.
void count_ledger_failure(const Context& context, std::string_view what);

// Since when the oldest event without a checkpoint waits; nothing: all are covered.
Result<std::optional<Instant>> unsealed_since(const Context& context);

}  // namespace jawort
