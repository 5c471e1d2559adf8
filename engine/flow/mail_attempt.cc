#include "engine/flow/mail_attempt.h"

#include <algorithm>

#include "engine/flow/compose_mail.h"
#include "engine/flow/consent_events.h"
#include "engine/queue/retry.h"

namespace jawort {
namespace {

Status stamp_mailed(Tables& tables, const std::vector<Consent>& consents, MailId mail,
                    Instant now) {
  ConsentEvent change;
  change.change = ConsentChange::kHandedOver;
  change.at = {now, ""};
  change.mail = mail;
  return change_consents(tables, consents, change);
}

constexpr std::string_view kHeldBecause =
    "handed over more than once without an answer: it may have arrived already. "
    "Release it to send it once more, or drop it";

// The relay did not come to speak about this mail.
bool says_nothing(const Delivery& delivery) {
  return !delivery.about_mail && delivery.verdict != Verdict::kRefused;
}

std::string_view event_type(OutboxState state) {
  if (state == OutboxState::kSent) return "mail_handed_over";
  return state == OutboxState::kFailed ? "mail_refused" : "mail_deferred";
}

}  // namespace

Result<std::vector<Consent>> consents_of(const Tables& tables, const MailRow& mail) {
  std::vector<Consent> out;
  for (const ConsentId id : mail.consents) {
    auto consent = tables.consents().find(id);
    if (!consent.ok()) return consent.error();
    if (*consent) out.push_back(std::move(**consent));
  }
  return out;
}

NewEvent mail_event(std::string_view type, const MailRow& mail,
                    const std::vector<Consent>& consents, Instant now) {
  NewEvent event;
  event.type = type;
  event.at = now;
  event.contact = mail.contact;
  for (const Consent& consent : consents) event.consents.push_back({consent.id, consent.purpose});
  if (!consents.empty()) event.values = {{"mail", id_text(mail.id.value)}};
  return event;
}

Status write_at_last(Store& store, const std::function<Status(Tables&)>& work) {
  for (;;) {
    Status written = store.write(work);
    if (written.ok() || written.error().kind != ErrorKind::kUnavailable) return written;
  }
}

Status MailAttempt::begin(Tables& tables) {
  begun_ = false;
  gate_ = {};
  Status begun = try_to_begin(tables);
  if (begun.ok() || begun.error().kind == ErrorKind::kStorage) return begun;
  // Nothing was written. What is wrong with this mail must not keep others from going.
  context_.log.error("mail_unusable", {{"mail", std::string_view(id_text(id_.value))}});
  return {};
}

Status MailAttempt::try_to_begin(Tables& tables) {
  auto row = tables.outbox().find(id_);
  if (!row.ok()) return row.error();
  if (!*row || (*row)->state != OutboxState::kQueued) return {};
  const auto pause = tables.outbox().pause();
  if (!pause.ok()) return pause.error();
  if (*pause) return {};
  auto mail = tables.outbox().mail(id_);
  if (!mail.ok()) return mail.error();
  if (!*mail) return internal_error("an outbox row without its mail");
  mail_ = std::move(**mail);
  address_key_ = address_key(context_.keys.address, ascii_lower(mail_.recipient));
  const Instant now = context_.clock.now();
  JAWORT_TRY(ask(tables, **row, now));
  if (gate_.verdict != GateAnswer::Verdict::kGo) {
    JAWORT_TRY(hold_back(tables, **row, now));
    return tables.outbox().update(**row);
  }
  (*row)->state = OutboxState::kAttempting;
  (*row)->last_attempt_at = now;
  JAWORT_TRY(tables.outbox().update(**row));
  begun_ = true;
  return {};
}

Status MailAttempt::ask(const Tables& tables, const OutboxRow& row, Instant now) {
  auto answer = ask_gate(context_, tables, mail_, row, address_key_, now);
  if (!answer.ok()) return answer.error();
  gate_ = std::move(*answer);
  return {};
}

// What nobody has a use for any more goes in silence: the event that ended it says all.
Status MailAttempt::hold_back(Tables& tables, OutboxRow& row, Instant now) const {
  if (gate_.verdict == GateAnswer::Verdict::kPutOff) {
    row.state = OutboxState::kQueued;
    row.next_at = gate_.until;
    return {};
  }
  row.state = OutboxState::kDropped;
  return gate_.reason == "ended" ? Status{} : record_held_back(tables, now);
}

Status MailAttempt::record_held_back(Tables& tables, Instant now) const {
  const auto consents = consents_of(tables, mail_);
  if (!consents.ok()) return consents.error();
  if (gate_.suppression) {
    NewEvent event = mail_event("mail_dropped", mail_, *consents, now);
    event.facts = {{"by", "suppression"}, {"reason", std::string(name_of(*gate_.suppression))}};
    JAWORT_TRY(record_event(context_, tables, event));
    return {};
  }
  const auto of = step_of_mail(context_, tables, mail_);
  if (!of.ok()) return of.error();
  NewEvent event = mail_event("step_withheld", mail_, *consents, now);
  event.facts = {{"date", context_.zone.local(now).date},
                 {"campaign", of->campaign_id},
                 {"step", std::to_string(of->step.number)},
                 {"reason", std::string(gate_.reason)}};
  JAWORT_TRY(record_event(context_, tables, event));
  return {};
}

void MailAttempt::tell_gate() const {
  if (gate_.verdict == GateAnswer::Verdict::kPutOff) count_put_off(context_, gate_.reason);
  const bool of_campaign = mail_.kind == MailKind::kStep || mail_.kind == MailKind::kReminder ||
                           mail_.kind == MailKind::kRevocationNotice;
  if (gate_.verdict == GateAnswer::Verdict::kDrop && of_campaign) {
    count_withheld(context_, gate_.reason);
  }
}

Result<Delivery> MailAttempt::deliver(MailTransport& transport) {
  const auto message = complete_message(context_, mail_);
  if (!message.ok()) {
    context_.log.error("mail_unusable", {{"mail", std::string_view(id_text(id_.value))}});
    Delivery refused;
    refused.verdict = Verdict::kRefused;
    refused.reply = message.error().message;
    return refused;
  }
  Status marked;
  Delivery delivery =
      transport.send({complete_sender(context_, mail_), mail_.recipient}, *message, [&] {
        bool allowed = false;
        marked = write_at_last(context_.store,
                               [&](Tables& tables) { return mark_last_bytes(tables, allowed); });
        return marked.ok() && allowed;
      });
  JAWORT_TRY(marked);
  delivery.reply = without_tokens(delivery.reply, tokens_of_mail(context_, mail_));
  return delivery;
}

// Asks again whether the last bytes may go: an operator, a denial, a revocation may have come
// since the attempt began.
Status MailAttempt::mark_last_bytes(Tables& tables, bool& allowed) {
  allowed = false;
  auto row = tables.outbox().find(id_);
  if (!row.ok()) return row.error();
  if (!*row || (*row)->state != OutboxState::kAttempting) return {};
  const Instant now = context_.clock.now();
  JAWORT_TRY(ask(tables, **row, now));
  if (gate_.verdict != GateAnswer::Verdict::kGo) return {};
  // In the same transaction, so that of two mails at once one sees the other.
  JAWORT_TRY(note_uses(context_, tables, gate_.uses, now));
  (*row)->state = OutboxState::kHandingOver;
  (*row)->handed_over_at = now;
  JAWORT_TRY(tables.outbox().update(**row));
  allowed = true;
  return {};
}

Status MailAttempt::finish(Tables& tables, const Delivery& delivery) {
  auto found = tables.outbox().find(id_);
  if (!found.ok()) return found.error();
  if (!*found) return {};
  OutboxRow& row = **found;
  // Dropped by somebody else before its last bytes.
  if (row.state != OutboxState::kAttempting && row.state != OutboxState::kHandingOver) return {};
  const bool told_already =
      !delivery.about_mail && row.last_code == delivery.code && row.last_reply == delivery.reply;
  const Instant now = context_.clock.now();
  const auto consents = consents_of(tables, mail_);
  if (!consents.ok()) return consents.error();
  const bool not_taken =
      delivery.verdict != Verdict::kAccepted && delivery.verdict != Verdict::kUncertain;
  if (not_taken && row.state == OutboxState::kHandingOver && row.handed_over_at) {
    JAWORT_TRY(take_back_uses(tables, gate_.uses, *row.handed_over_at));
  }
  JAWORT_TRY(settle(tables, row, delivery, now));
  // What ended meanwhile left no personal data behind, and this must not bring any back.
  if (consents->empty()) row.last_reply.clear();
  JAWORT_TRY(tables.outbox().update(row));
  if (delivery.verdict == Verdict::kWithheld) return {};
  const bool recorded = delivery.verdict == Verdict::kUncertain;
  if (recorded || told_already) return {};
  const bool bad_address = delivery.verdict == Verdict::kBadAddress && !consents->empty();
  if (bad_address) {
    JAWORT_TRY(tables.suppressions().put(address_key_, {SuppressionReason::kHardBounce, now}));
  }
  JAWORT_TRY(record(tables, event_type(row.state), row, delivery, *consents, now));
  return row.state == OutboxState::kSent ? stamp_mailed(tables, *consents, id_, now) : Status{};
}

Status MailAttempt::settle(Tables& tables, OutboxRow& row, const Delivery& delivery,
                           Instant now) const {
  if (delivery.verdict == Verdict::kWithheld) return hold_back(tables, row, now);
  row.last_code = delivery.code;
  row.last_reply = delivery.reply;
  if (says_nothing(delivery)) {  // no try: it goes as soon as the relay is back
    row.state = OutboxState::kQueued;
    row.next_at = now;
    return {};
  }
  ++row.attempts;
  if (delivery.verdict == Verdict::kOurFault) ++row.excused;
  if (delivery.verdict == Verdict::kAccepted) {
    row.state = OutboxState::kSent;
    return {};
  }
  const bool for_good =
      delivery.verdict == Verdict::kRefused || delivery.verdict == Verdict::kBadAddress;
  const auto next = for_good ? std::nullopt
                             : next_attempt(row.attempts, row.attempts - row.excused, now,
                                            mail_.expires_at, context_.random);
  row.state = next ? OutboxState::kQueued : OutboxState::kFailed;
  if (next) row.next_at = *next;
  if (delivery.verdict != Verdict::kUncertain) return {};
  return settle_uncertain(context_, tables, mail_, row, "no_reply");
}

Status MailAttempt::record(Tables& tables, std::string_view type, const OutboxRow& row,
                           const Delivery& delivery, const std::vector<Consent>& consents,
                           Instant now) const {
  NewEvent event = mail_event(type, mail_, consents, now);
  event.facts = {{"verdict", std::string(name_of(delivery.verdict))},
                 {"code", std::to_string(delivery.code)},
                 {"enhanced", delivery.enhanced},
                 {"relay", delivery.relay},
                 {"tls", delivery.tls},
                 {"dkim", delivery.dkim},
                 {"attempt", std::to_string(row.attempts)},
                 {"suppressed", delivery.verdict == Verdict::kBadAddress && !consents.empty()
                                    ? std::string(name_of(SuppressionReason::kHardBounce))
                                    : std::string()}};
  if (!consents.empty()) event.values.push_back({"reply", delivery.reply});
  JAWORT_TRY(record_event(context_, tables, event));
  return {};
}

AttemptEnd MailAttempt::end(const Delivery& delivery) const {
  AttemptEnd end;
  end.our_fault = delivery.verdict == Verdict::kOurFault;
  switch (delivery.verdict) {
    case Verdict::kAccepted:
      end.outcome = AttemptOutcome::kTaken;
      break;
    case Verdict::kRefused:
    case Verdict::kBadAddress:
    case Verdict::kWithheld:
      end.outcome = AttemptOutcome::kAnswered;
      break;
    case Verdict::kDeferred:
    case Verdict::kOurFault:
      end.outcome = AttemptOutcome::kDeferred;
      break;
    case Verdict::kUncertain:
      end.outcome = AttemptOutcome::kRelayFailed;
      break;
  }
  if (says_nothing(delivery)) {
    end.outcome = AttemptOutcome::kRelayFailed;
    end.again = true;
  }
  return end;
}

void MailAttempt::report(const Delivery& delivery) const {
  context_.metrics
      .counter(
          "jawort_mail_attempts_total{verdict=\"" + std::string(name_of(delivery.verdict)) + "\"}",
          "Attempts to send a mail, by the relay's answer")
      .add();
  if (delivery.verdict == Verdict::kUncertain) count_uncertain(context_, 1);
  if (delivery.verdict == Verdict::kWithheld) tell_gate();
  const std::string mail = id_text(id_.value);
  context_.log.info("mail_attempt", {{"mail", std::string_view(mail)},
                                     {"verdict", name_of(delivery.verdict)},
                                     {"code", std::int64_t{delivery.code}}});
}

void count_uncertain(const Context& context, int by) {
  context.metrics
      .counter("jawort_mails_uncertain_total",
               "Mails whose last bytes were handed over without an answer: perhaps delivered")
      .add(static_cast<std::uint64_t>(by));
}

Status settle_uncertain(const Context& context, Tables& tables, const MailRow& mail, OutboxRow& row,
                        std::string_view reason) {
  const auto consents = consents_of(tables, mail);
  if (!consents.ok()) return consents.error();
  ++row.uncertain;
  // Nobody waits for it any more: the next attempt finds that out and drops it.
  if (consents->empty()) return {};
  if (row.state == OutboxState::kQueued && row.uncertain > resends_after_uncertainty(mail.kind)) {
    row.state = OutboxState::kHeld;
    row.last_reply = kHeldBecause;
  }
  NewEvent event = mail_event("mail_uncertain", mail, *consents, context.clock.now());
  event.facts = {{"reason", std::string(reason)},
                 {"attempt", std::to_string(row.attempts)},
                 {"then", std::string(name_of(row.state))}};
  JAWORT_TRY(record_event(context, tables, event));
  return {};
}

}  // namespace jawort
