#include "engine/flow/queue_action.h"

#include "engine/flow/mail_attempt.h"

namespace jawort {
namespace {

// Who took a mail out is a fact about the persons it was for.
Status record_drop(const Context& context, Tables& tables, MailId id) {
  const auto mail = tables.outbox().mail(id);
  if (!mail.ok()) return mail.error();
  if (!*mail) return internal_error("an outbox row without its mail");
  const auto consents = consents_of(tables, **mail);
  if (!consents.ok()) return consents.error();
  NewEvent event = mail_event("mail_dropped", **mail, *consents, context.clock.now());
  event.facts = {{"by", "operator"}};
  JAWORT_TRY(record_event(context, tables, event));
  return {};
}

}  // namespace

Status act_on_mail(const Context& context, MailId id, QueueAction action) {
  return context.store.write([&](Tables& tables) -> Status {
    auto found = tables.outbox().find(id);
    if (!found.ok()) return found.error();
    if (!*found) return not_found("no such mail in the outbox");
    OutboxRow row = **found;
    const auto wrong_state = [&] {
      return refused("the mail is " + std::string(name_of(row.state)));
    };
    switch (action) {
      case QueueAction::kRetry:
        if (row.state != OutboxState::kQueued) return wrong_state();
        row.next_at = context.clock.now();
        break;
      case QueueAction::kRelease:
        if (row.state != OutboxState::kHeld) return wrong_state();
        row.state = OutboxState::kQueued;
        row.next_at = context.clock.now();
        break;
      case QueueAction::kDrop:
        // After the last bytes nothing can be taken back.
        if (!may_follow(row.state, OutboxState::kDropped)) return wrong_state();
        row.state = OutboxState::kDropped;
        JAWORT_TRY(record_drop(context, tables, id));
        break;
    }
    return tables.outbox().update(row);
  });
}

}  // namespace jawort
