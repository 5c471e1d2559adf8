#include "engine/flow/expire_pending.h"

#include "engine/flow/end_round.h"
#include "engine/flow/record_event.h"

namespace jawort {
namespace {

Status expire(const Context& context, Tables& tables, const Consent& consent, Instant now) {
  NewEvent event;
  event.type = "consent_expired";
  event.at = now;
  const Round* waiting = consent.waiting();
  if (waiting == nullptr) return internal_error("nothing of this consent waits");
  event.facts = {{"purpose:" + consent.purpose, waiting->purpose_version},
                 {"date", context.zone.local(now).date},
                 {"reason", "time"}};
  event.contact = consent.contact;
  event.consents = {{consent.id, consent.purpose}};
  JAWORT_TRY(record_event(context, tables, event));
  return end_round(tables, consent);
}

// In one transaction: what is past its time, at most `limit`, but for the first `skipped`.
Result<int> expire_together(const Context& context, int skipped, int limit) {
  int ended = 0;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    ended = 0;
    const Instant now = context.clock.now();
    const auto consents = tables.consents().expired(now, skipped + limit);
    if (!consents.ok()) return consents.error();
    for (std::size_t i = static_cast<std::size_t>(skipped); i < consents->size(); ++i) {
      JAWORT_TRY(expire(context, tables, (*consents)[i], now));
      ++ended;
    }
    return {};
  }));
  return ended;
}

// One transaction each: a consent whose history is damaged must not keep the others' data here.
Result<int> expire_singly(const Context& context, int limit) {
  int ended = 0, damaged = 0;
  while (ended + damaged < limit) {
    const auto one = expire_together(context, damaged, 1);
    if (one.ok() && *one == 0) break;
    if (!one.ok() && one.error().kind == ErrorKind::kStorage) return one.error();
    if (!one.ok() && one.error().kind == ErrorKind::kUnavailable) return one.error();
    if (!one.ok()) context.log.error("consent_not_expired", {{"reason", one.error().message}});
    (one.ok() ? ended : damaged) += 1;
  }
  return ended;
}

}  // namespace

Result<int> expire_pending(const Context& context, int limit) {
  auto ended = expire_together(context, 0, limit);
  const bool damaged = !ended.ok() && ended.error().kind != ErrorKind::kStorage &&
                       ended.error().kind != ErrorKind::kUnavailable;
  if (damaged) ended = expire_singly(context, limit);
  if (!ended.ok()) return ended;
  count_consents(context, "expired", static_cast<std::size_t>(*ended));
  return ended;
}

}  // namespace jawort
