#include "engine/flow/mail_attempt.h"

#include <algorithm>

#include "engine/flow/compose_mail.h"
#include "engine/flow/consent_events.h"
#include "engine/queue/retry.h"

namespace jawort {
namespace {

// The one question before a mail goes. A confirmation: does a consent still wait for this very
// mail? The others: is there still a consent that they tell of, and that can be revoked?
bool is_about(const Consent& consent, const MailRow& mail) {
  switch (mail.kind) {
    case MailKind::kConfirmation:
      return consent.waiting() != nullptr && consent.waiting()->mail == mail.id;
    case MailKind::kAlreadySubscribed:
    case MailKind::kUnsubscribe:
    case MailKind::kReceipt:
      return consent.round.status == ConsentStatus::kConfirmed;
  }
  return false;
}

Result<bool> still_wanted(const Tables& tables, const MailRow& mail, Instant now) {
  if (now >= mail.expires_at) return false;
  const auto consents = consents_of(tables, mail);
  if (!consents.ok()) return consents.error();
  return std::ranges::any_of(*consents,
                             [&](const Consent& consent) { return is_about(consent, mail); });
}

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
  const auto allowed = may_go(tables, now);
  if (!allowed.ok()) return allowed.error();
  (*row)->state = *allowed ? OutboxState::kAttempting : OutboxState::kDropped;
  (*row)->last_attempt_at = *allowed ? std::optional(now) : (*row)->last_attempt_at;
  JAWORT_TRY(tables.outbox().update(**row));
  begun_ = *allowed;
  return suppressed_ ? record_suppressed(tables, now) : Status{};
}

Result<bool> MailAttempt::may_go(const Tables& tables, Instant now) {
  suppressed_.reset();
  const auto wanted = still_wanted(tables, mail_, now);
  if (!wanted.ok() || !*wanted) return wanted;
  const auto suppression = tables.suppressions().find(address_key_);
  if (!suppression.ok()) return suppression.error();
  if (!*suppression || may_mail(mail_.kind, (*suppression)->reason)) return true;
  suppressed_ = (*suppression)->reason;
  return false;
}

Status MailAttempt::record_suppressed(Tables& tables, Instant now) const {
  const auto consents = consents_of(tables, mail_);
  if (!consents.ok()) return consents.error();
  NewEvent event = mail_event("mail_dropped", mail_, *consents, now);
  event.facts = {{"by", "suppression"}, {"reason", std::string(name_of(*suppressed_))}};
  JAWORT_TRY(record_event(context_, tables, event));
  return {};
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
  const auto may = may_go(tables, now);
  if (!may.ok()) return may.error();
  if (!*may) return {};
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
  JAWORT_TRY(settle(tables, row, delivery, now));
  // What ended meanwhile left no personal data behind, and this must not bring any back.
  if (consents->empty()) row.last_reply.clear();
  JAWORT_TRY(tables.outbox().update(row));
  if (row.state == OutboxState::kDropped) {
    return suppressed_ ? record_suppressed(tables, now) : Status{};
  }
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
  if (delivery.verdict == Verdict::kWithheld) {
    row.state = OutboxState::kDropped;
    return {};
  }
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
