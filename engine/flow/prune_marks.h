// Forgets what limits and denials no longer need of an address.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// At most `limit` marks; answers how many went. Call again while it answers `limit`.
Result<int> prune_marks(const Context& context, int limit);

// From when on mails to an address count for some limit of some form, and 30 days at least: a form
// may get a longer limit tomorrow.
Instant oldest_mail_that_counts(const DefinitionSet& set, Instant now);

}  // namespace jawort
