#include "engine/flow/prune_marks.h"

#include <algorithm>

namespace jawort {
namespace {

constexpr std::chrono::hours kAtLeast{30 * 24};

}  // namespace

Instant oldest_mail_that_counts(const DefinitionSet& set, Instant now) {
  Instant oldest = now - kAtLeast;
  for (const std::string& id : set.form_ids()) {
    for (const RateLimit& limit : set.form(id)->protect.per_address) {
      oldest = std::min(oldest, now - length_from(now, limit.window));
    }
  }
  return oldest;
}

Result<int> prune_marks(const Context& context, int limit) {
  int pruned = 0;
  const Instant now = context.clock.now();
  const Instant oldest = oldest_mail_that_counts(*context.definitions.get(), now);
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    const auto gone = tables.marks().prune(oldest, now, limit);
    if (!gone.ok()) return gone.error();
    pruned = *gone;
    return {};
  }));
  return pruned;
}

}  // namespace jawort
