#include "engine/flow/recover_outbox.h"

#include "engine/flow/mail_attempt.h"

namespace jawort {
namespace {

constexpr int kAtOnce = 200;

Status recover_one(const Context& context, Tables& tables, OutboxRow row) {
  const bool uncertain = row.state == OutboxState::kHandingOver;
  row.state = OutboxState::kQueued;
  row.next_at = context.clock.now();
  if (uncertain) {
    const auto mail = tables.outbox().mail(row.mail);
    if (!mail.ok()) return mail.error();
    if (!*mail) return internal_error("an outbox row without its mail");
    ++row.attempts;
    JAWORT_TRY(settle_uncertain(context, tables, **mail, row, "restart"));
  }
  return tables.outbox().update(row);
}

}  // namespace

Result<int> recover_outbox(const Context& context) {
  int uncertain = 0;
  for (MailId after;;) {
    int found = 0;
    MailId last;
    JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
      found = 0;
      const auto rows = tables.outbox().page({OutboxState::kAttempting, OutboxState::kHandingOver},
                                             after, kAtOnce);
      if (!rows.ok()) return rows.error();
      for (const OutboxRow& row : *rows) {
        if (row.state == OutboxState::kHandingOver) ++found;
        last = row.mail;
        JAWORT_TRY(recover_one(context, tables, row));
      }
      return {};
    }));
    if (!last) break;
    uncertain += found;
    after = last;
  }
  count_uncertain(context, uncertain);
  if (uncertain > 0) {
    context.log.warning("mails_uncertain",
                        {{"count", std::int64_t{uncertain}}, {"reason", "restart"}});
  }
  return uncertain;
}

}  // namespace jawort
