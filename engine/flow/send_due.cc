#include "engine/flow/send_due.h"

#include "engine/flow/mail_attempt.h"

namespace jawort {
namespace {

std::string domain_of(std::string_view address) {
  return ascii_lower(address.substr(address.rfind('@') + 1));
}

}  // namespace

Status send_mails(const Context& context, MailTransport& transport, MailId first,
                  const NextMail& then) {
  std::unique_ptr<MailAttempt> ended;
  std::optional<Delivery> delivery;  // of `ended`, where it was tried
  auto attempt = std::make_unique<MailAttempt>(context, first);
  for (;;) {
    const auto begin = [&](Tables& tables) { return attempt ? attempt->begin(tables) : Status{}; };
    Status written = write_at_last(context.store, [&](Tables& tables) -> Status {
      if (delivery) JAWORT_TRY(ended->finish(tables, *delivery));
      return begin(tables);
    });
    if (!written.ok() && written.error().kind != ErrorKind::kStorage) {
      // A fault of ours about one mail must not stop the others. Its row tells that it is open.
      context.log.error("mail_not_recorded", {{"reason", written.error().message}});
      written = write_at_last(context.store, begin);
    }
    JAWORT_TRY(written);
    if (delivery) ended->report(*delivery);
    if (!attempt) return {};
    delivery.reset();
    if (!attempt->begun()) attempt->tell_gate();
    if (attempt->begun()) {
      auto delivered = attempt->deliver(transport);
      if (!delivered.ok()) return delivered.error();
      delivery = std::move(*delivered);
    }
    const auto next = then(attempt->id(), delivery ? attempt->end(*delivery) : AttemptEnd{});
    if (!next && !delivery) return {};
    ended = std::move(attempt);
    attempt = next ? std::make_unique<MailAttempt>(context, *next) : nullptr;
  }
}

Result<DueMails> due_mails(const Context& context, const MailsWanted& wanted) {
  DueMails due;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    due = {};
    const auto pause = tables.outbox().pause();
    if (!pause.ok()) return pause.error();
    if (*pause) return {};
    const Instant now = context.clock.now();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto priority = static_cast<MailPriority>(i);
      const auto next = tables.outbox().next_due(priority, now);
      if (!next.ok()) return next.error();
      if (*next && (!due.next_due || **next < *due.next_due)) due.next_due = *next;
      due.more[i] = wanted[i] == 0;
      if (wanted[i] == 0) continue;
      const auto rows = tables.outbox().due(priority, now, wanted[i]);
      if (!rows.ok()) return rows.error();
      for (const OutboxRow& row : *rows) {
        due.mails.push_back({row.mail, priority, domain_of(row.recipient), row.attempts > 0});
      }
      due.more[i] = static_cast<int>(rows->size()) >= wanted[i];
    }
    return {};
  }));
  return due;
}

Status postpone_mails(const Context& context, const std::vector<PostponedMail>& postponed) {
  if (postponed.empty()) return {};
  return context.store.write([&](Tables& tables) -> Status {
    const Instant now = context.clock.now();
    for (const PostponedMail& mail : postponed) {
      auto row = tables.outbox().find(mail.mail);
      if (!row.ok()) return row.error();
      if (!*row || (*row)->state != OutboxState::kQueued || (*row)->next_at > now) continue;
      (*row)->next_at = now + mail.by;
      JAWORT_TRY(tables.outbox().update(**row));
    }
    return {};
  });
}

}  // namespace jawort
