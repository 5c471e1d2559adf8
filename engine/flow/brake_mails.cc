#include "engine/flow/brake_mails.h"

namespace jawort {
namespace {

void tell(const Context& context, const RateLimit& limit, Instant now) {
  const auto changed = context.shield.brake.changed(limit, now);
  if (!changed) return;
  if (!*changed) {
    context.log.info("mail_brake_off");
    return;
  }
  context.log.warning(
      "mail_brake_on",
      {{"mails", std::int64_t{limit.count}},
       {"advice",
        "more confirmation mails than [limits] confirmation_mails were asked for; those beyond it "
        "go later, one by one. If that is an attack, see `jawort queue list` and OPERATING.md; if "
        "it is a rush, raise the limit, or let them go now: jawort queue retry --all"}});
}

}  // namespace

Instant mail_slot(const Context& context, Instant now) {
  const auto& limit = context.settings.confirmation_mails;
  return limit ? context.shield.brake.next_slot(*limit, now) : now;
}

void count_mail(const Context& context, Instant now) {
  const auto& limit = context.settings.confirmation_mails;
  if (!limit) return;
  context.shield.brake.count(*limit, now);
  tell(context, *limit, now);
}

void watch_brake(const Context& context) {
  const auto& limit = context.settings.confirmation_mails;
  if (limit) tell(context, *limit, context.clock.now());
}

Status resume_brake(const Context& context) {
  const auto& limit = context.settings.confirmation_mails;
  if (!limit) return {};
  const Instant now = context.clock.now();
  const Instant since = now - length_from(now, limit->window);
  int mails = 0;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto count = tables.marks().mails_since(since);
    if (!count.ok()) return count.error();
    mails = *count;
    return {};
  }));
  context.shield.brake.resume(*limit, mails, now);
  context.metrics.gauge("jawort_brake_engaged",
                        "1 while confirmation mails wait for [limits] confirmation_mails",
                        [&shield = context.shield, &clock = context.clock, limit = *limit] {
                          const Instant at = clock.now();
                          return shield.brake.next_slot(limit, at) > at ? 1.0 : 0.0;
                        });
  return {};
}

}  // namespace jawort
