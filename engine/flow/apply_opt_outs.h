// After an older backup was restored: what people decided since is in force again, before anything
// is served.
#pragma once

#include <vector>

#include "engine/flow/context.h"
#include "engine/privacy/opt_out.h"

namespace jawort {

struct OptOutsApplied {
  // What it changed; known ones change nothing.
  int revoked = 0, denied = 0, suppressed = 0, erased = 0;
};

// In the order of their numbers. A revocation is recorded with the time at which it was made, and
// with the fact that it was recorded anew; on a consent that is only pending it counts as denial.
// A line ends what was signed up or confirmed before it, never what came after; an erasure takes a
// contact that is older than it. Reads all contacts once, because they are known by a keyed hash
// only.
Result<OptOutsApplied> apply_opt_outs(const Context& context, const std::vector<OptOut>& opt_outs);

}  // namespace jawort
