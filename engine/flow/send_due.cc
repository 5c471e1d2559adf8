#include "engine/flow/send_due.h"

#include <algorithm>

#include "engine/flow/compose_confirmation.h"
#include "engine/flow/consent_events.h"
#include "engine/flow/record_event.h"
#include "engine/queue/retry.h"

namespace jawort {
namespace {

// The consents that the mail asks for and that still exist.
Result<std::vector<Consent>> consents_of(const Tables& tables, const MailRow& mail) {
  std::vector<Consent> out;
  for (const ConsentId id : mail.consents) {
    auto consent = tables.consents().find(id);
    if (!consent.ok()) return consent.error();
    if (*consent) out.push_back(std::move(**consent));
  }
  return out;
}

// The one question before a confirmation mail goes: does a consent still wait for this very mail?
bool still_wanted(const std::vector<Consent>& consents, const MailRow& mail, Instant now) {
  return now < mail.expires_at && std::ranges::any_of(consents, [&](const Consent& consent) {
           return consent.round.status == ConsentStatus::kPending && consent.round.mail == mail.id;
         });
}

Result<bool> still_wanted(const Tables& tables, const MailRow& mail, Instant now) {
  const auto consents = consents_of(tables, mail);
  if (!consents.ok()) return consents.error();
  return still_wanted(*consents, mail, now);
}

// One mail, one attempt.
class Attempt {
 public:
  Attempt(const Context& context, MailTransport& transport, MailId id)
      : context_(context), transport_(transport), id_(id) {}

  Status run() {
    JAWORT_TRY(begin());
    if (!begun_) return {};
    const auto message = complete_message(context_, mail_);
    if (!message.ok()) {
      context_.log.error("mail_unusable", {{"mail", std::string_view(id_text(id_.value))}});
      return finish({Verdict::kRefused, 0, "", message.error().message, "", ""});
    }
    Status gate_status;
    const Delivery delivery = transport_.send({mail_.sender, mail_.recipient}, *message,
                                              [&] { return hand_over(gate_status); });
    JAWORT_TRY(gate_status);
    return finish(delivery);
  }

 private:
  // Writes the attempt down before the network is touched.
  Status begin() {
    return context_.store.write([&](Tables& tables) -> Status {
      begun_ = false;
      auto row = tables.outbox().find(id_);
      if (!row.ok()) return row.error();
      if (!*row || (*row)->state != OutboxState::kQueued) return {};
      row_ = std::move(**row);
      auto mail = tables.outbox().mail(id_);
      if (!mail.ok()) return mail.error();
      if (!*mail) return internal_error("an outbox row without its mail");
      mail_ = std::move(**mail);
      const Instant now = context_.clock.now();
      const auto wanted = still_wanted(tables, mail_, now);
      if (!wanted.ok()) return wanted.error();
      begun_ = *wanted;
      row_.state = *wanted ? OutboxState::kAttempting : OutboxState::kDropped;
      if (*wanted) ++row_.attempts;
      row_.last_attempt_at = now;
      return tables.outbox().update(row_);
    });
  }

  // The durable mark "last bytes handed over", which asks again whether they may go.
  bool hand_over(Status& status) {
    bool allowed = false;
    status = context_.store.write([&](Tables& tables) -> Status {
      const auto wanted = still_wanted(tables, mail_, context_.clock.now());
      if (!wanted.ok()) return wanted.error();
      allowed = *wanted;
      OutboxRow marked = row_;
      marked.state = OutboxState::kHandingOver;
      return allowed ? tables.outbox().update(marked) : Status{};
    });
    if (status.ok() && allowed) row_.state = OutboxState::kHandingOver;
    return status.ok() && allowed;
  }

  Status finish(const Delivery& delivery) {
    JAWORT_TRY(context_.store.write([&](Tables& tables) -> Status {
      const Instant now = context_.clock.now();
      OutboxRow row = row_;
      row.last_code = delivery.code;
      row.last_reply = delivery.reply;
      const auto consents = consents_of(tables, mail_);
      if (!consents.ok()) return consents.error();
      // What ended meanwhile left no personal data behind, and this must not bring any back.
      const bool alive = !consents->empty();
      if (!alive) row.last_reply.clear();
      const std::string_view type = settle(row, delivery, now);
      JAWORT_TRY(tables.outbox().update(row));
      if (type.empty()) return {};
      JAWORT_TRY(record(tables, type, delivery, *consents, now));
      return type == "mail_handed_over" ? stamp_mailed(tables, *consents, now) : Status{};
    }));
    count(delivery);
    return {};
  }

  // The row's next state, and the event's type; empty where nothing is to be recorded.
  std::string_view settle(OutboxRow& row, const Delivery& delivery, Instant now) {
    switch (delivery.verdict) {
      case Verdict::kAccepted:
        row.state = OutboxState::kSent;
        return "mail_handed_over";
      case Verdict::kWithheld:
        row.state = OutboxState::kDropped;
        return {};
      case Verdict::kRefused:
        row.state = OutboxState::kFailed;
        return "mail_refused";
      case Verdict::kDeferred:
      case Verdict::kOurFault:
      case Verdict::kUncertain:
        break;
    }
    const auto next =
        next_attempt(row.attempts, now, mail_.queued_at, mail_.expires_at, context_.random);
    row.state = next ? OutboxState::kQueued : OutboxState::kFailed;
    if (next) row.next_at = *next;
    if (!next) return "mail_refused";
    return delivery.verdict == Verdict::kUncertain ? "mail_uncertain" : "mail_deferred";
  }

  Status record(Tables& tables, std::string_view type, const Delivery& delivery,
                const std::vector<Consent>& consents, Instant now) {
    NewEvent event;
    event.type = type;
    event.at = now;
    event.contact = mail_.contact;
    event.facts = {{"verdict", std::string(name_of(delivery.verdict))},
                   {"code", std::to_string(delivery.code)},
                   {"enhanced", delivery.enhanced},
                   {"relay", delivery.relay},
                   {"tls", delivery.tls},
                   {"attempt", std::to_string(row_.attempts)}};
    for (const Consent& consent : consents) {
      event.consents.push_back({consent.id, consent.purpose});
    }
    if (!consents.empty()) {
      event.values = {{"mail", id_text(id_.value)}, {"reply", delivery.reply}};
    }
    const auto sequence = record_event(context_, tables, event);
    return sequence.ok() ? Status{} : sequence.error();
  }

  Status stamp_mailed(Tables& tables, const std::vector<Consent>& consents, Instant now) {
    ConsentEvent change;
    change.change = ConsentChange::kHandedOver;
    change.at = {now, ""};
    change.mail = id_;
    return change_consents(tables, consents, change);
  }

  void count(const Delivery& delivery) {
    context_.metrics
        .counter("jawort_mail_attempts_total{verdict=\"" + std::string(name_of(delivery.verdict)) +
                     "\"}",
                 "Attempts to send a mail, by the relay's answer")
        .add();
    const std::string mail = id_text(id_.value);
    context_.log.info("mail_attempt", {{"mail", std::string_view(mail)},
                                       {"verdict", name_of(delivery.verdict)},
                                       {"code", std::int64_t{delivery.code}},
                                       {"attempt", std::int64_t{row_.attempts}}});
  }

  const Context& context_;
  MailTransport& transport_;
  const MailId id_;
  bool begun_ = false;
  MailRow mail_;
  OutboxRow row_;
};

}  // namespace

Status send_mail(const Context& context, MailTransport& transport, MailId id) {
  return Attempt(context, transport, id).run();
}

Result<int> recover_outbox(const Context& context) {
  int uncertain = 0;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    uncertain = 0;
    const auto rows = tables.outbox().page({OutboxState::kAttempting, OutboxState::kHandingOver},
                                           MailId{}, INT32_MAX);
    if (!rows.ok()) return rows.error();
    for (OutboxRow row : *rows) {
      if (row.state == OutboxState::kHandingOver) ++uncertain;
      row.state = OutboxState::kQueued;
      row.next_at = context.clock.now();
      JAWORT_TRY(tables.outbox().update(row));
    }
    return {};
  }));
  if (uncertain > 0) {
    context.log.warning("mails_uncertain_after_restart", {{"count", std::int64_t{uncertain}}});
  }
  return uncertain;
}

Result<DueMails> due_mails(const Context& context, int limit) {
  DueMails due;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto rows = tables.outbox().due(context.clock.now(), limit);
    if (!rows.ok()) return rows.error();
    due = {};
    for (const OutboxRow& row : *rows) due.mails.push_back(row.mail);
    const auto next = tables.outbox().next_due();
    if (!next.ok()) return next.error();
    due.next_due = *next;
    return {};
  }));
  return due;
}

namespace {

// Who took a mail out is a fact about the persons it was for.
Status record_drop(const Context& context, Tables& tables, MailId id) {
  const auto mail = tables.outbox().mail(id);
  if (!mail.ok()) return mail.error();
  if (!*mail) return internal_error("an outbox row without its mail");
  const auto consents = consents_of(tables, **mail);
  if (!consents.ok()) return consents.error();
  NewEvent event;
  event.type = "mail_dropped";
  event.at = context.clock.now();
  event.contact = (*mail)->contact;
  event.facts = {{"by", "operator"}};
  for (const Consent& consent : *consents) event.consents.push_back({consent.id, consent.purpose});
  if (!consents->empty()) event.values = {{"mail", id_text(id.value)}};
  const auto sequence = record_event(context, tables, event);
  return sequence.ok() ? Status{} : sequence.error();
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
        if (row.state != OutboxState::kHeld && row.state != OutboxState::kQueued) {
          return wrong_state();
        }
        row.state = OutboxState::kDropped;
        JAWORT_TRY(record_drop(context, tables, id));
        break;
    }
    return tables.outbox().update(row);
  });
}

}  // namespace jawort
