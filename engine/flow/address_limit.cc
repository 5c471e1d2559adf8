#include "engine/flow/address_limit.h"

#include <algorithm>

#include "engine/flow/prune_marks.h"

namespace jawort {

Result<bool> one_more_mail_allowed(const DefinitionSet& set, const Tables& tables,
                                   std::int64_t address_key, Instant now) {
  const auto mails = tables.marks().mailed_since(address_key, oldest_mail_that_counts(set, now));
  if (!mails.ok()) return mails.error();
  for (const std::string& id : set.form_ids()) {
    for (const RateLimit& limit : set.form(id)->protect.per_address) {
      const Instant since = now - length_from(now, limit.window);
      const auto count = std::ranges::count_if(*mails, [&](Instant at) { return at >= since; });
      if (count >= limit.count) return false;
    }
  }
  return true;
}

}  // namespace jawort
