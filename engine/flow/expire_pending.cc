#include "engine/flow/expire_pending.h"

#include "engine/flow/end_round.h"
#include "engine/flow/record_event.h"

namespace jawort {

Result<int> expire_pending(const Context& context, int limit) {
  int ended = 0;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    ended = 0;
    const Instant now = context.clock.now();
    const auto consents = tables.consents().expired(now, limit);
    if (!consents.ok()) return consents.error();
    for (const Consent& consent : *consents) {
      NewEvent event;
      event.type = "consent_expired";
      event.at = now;
      event.facts = {{"purpose:" + consent.purpose, consent.round.purpose_version},
                     {"date", context.zone.local(now).date},
                     {"reason", "time"}};
      event.contact = consent.contact;
      event.consents = {{consent.id, consent.purpose}};
      const auto sequence = record_event(context, tables, event);
      if (!sequence.ok()) return sequence.error();
      JAWORT_TRY(end_round(tables, consent));
      ++ended;
    }
    return {};
  }));
  count_consents(context, "expired", static_cast<std::size_t>(ended));
  return ended;
}

}  // namespace jawort
