#include "engine/flow/end_round.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/evidence/leaf.h"
#include "engine/flow/consent_events.h"

namespace jawort {
namespace {

// The rounds of a consent that need what they rest on: the one that waits, and every one that was
// ever confirmed, also when a newer one has followed; the fold goes over them as long as the
// consent lives.
Result<std::vector<Round>> standing_rounds(const Tables& tables, const Consent& consent) {
  const auto events = consent_events(tables, consent);
  if (!events.ok()) return events.error();
  auto history = fold(*events);
  if (!history.ok()) return history.error();
  auto& rounds = history->rounds;
  std::erase_if(rounds, [](const Round& round) {
    return !round.confirmed && round.status != ConsentStatus::kPending;
  });
  if (history->renewal) rounds.push_back(std::move(*history->renewal));
  return std::move(rounds);
}

// What rests on the events and mails of a consent that ends: standing rounds of others. Each
// other's history is read once, however many events it shares.
class OtherRounds {
 public:
  OtherRounds(const Tables& tables, const Consent& ended) : tables_(tables), ended_(ended) {}

  // Whether a standing round of one of these consents `rests` on what they have in common.
  template <typename Rests>
  Result<bool> any_of(const std::vector<ConsentId>& consents, const Rests& rests) {
    for (const ConsentId id : consents) {
      const auto rounds = rounds_of(id);
      if (!rounds.ok()) return rounds.error();
      if (std::ranges::any_of(**rounds, rests)) return true;
    }
    return false;
  }

 private:
  Result<const std::vector<Round>*> rounds_of(ConsentId id) {
    const auto [entry, fresh] = rounds_.try_emplace(id);
    if (!fresh || id == ended_.id) return &entry->second;
    const auto consent = tables_.consents().find(id);
    if (!consent.ok()) return consent.error();
    if (!*consent) return &entry->second;
    auto rounds = standing_rounds(tables_, **consent);
    if (!rounds.ok()) return rounds.error();
    entry->second = std::move(*rounds);
    return &entry->second;
  }

  const Tables& tables_;
  const Consent& ended_;
  std::map<ConsentId, std::vector<Round>> rounds_;  // none for the ended one and for who is gone
};

// True when the round rests on this event: on its own sign-up, and on what happened to its own
// mails. A sign-up that only found it confirmed is no part of it.
bool rests_on(const Round& round, const EventRow& event, MailId mail) {
  if (event.type == "form_submitted") return event.sequence == round.submission;
  return !mail || round.has_mail(mail);
}

// Stops the mail and removes what it says, unless another consent waits for or rests on it.
Status retire_mail(Tables& tables, MailId id, OtherRounds& others) {
  const auto mail = tables.outbox().mail(id);
  if (!mail.ok()) return mail.error();
  if (!*mail) return {};
  const auto shared =
      others.any_of((*mail)->consents, [&](const Round& round) { return round.has_mail(id); });
  if (!shared.ok()) return shared.error();
  if (*shared) return {};
  auto row = tables.outbox().find(id);
  if (!row.ok()) return row.error();
  if (*row && may_follow((*row)->state, OutboxState::kDropped)) {
    (*row)->state = OutboxState::kDropped;
    JAWORT_TRY(tables.outbox().update(**row));
  }
  return tables.outbox().blank(id);
}

Result<MailId> mail_of(const Tables& tables, const EventRow& event) {
  const auto values = tables.events().values(event.sequence);
  if (!values.ok()) return values.error();
  for (const EventValueRow& value : *values) {
    if (value.name == "mail") return MailId{parse_id_text(value.value).value_or(0)};
  }
  return MailId{};
}

// All values of an event but the links to the leaf before it, of those consents that live on: else
// nobody could see any more that nothing is missing in their history at this place. A link is a
// hash, and says no more of the person than that the consent, which is there, has had an event.
Status empty_event(Tables& tables, const EventRow& event, const Consent& ended, bool lives_on) {
  std::set<std::string> links;
  if (lives_on) links.insert("previous:" + ended.purpose);
  for (const ConsentId id : event.consents) {
    if (id == ended.id) continue;
    const auto other = tables.consents().find(id);
    if (!other.ok()) return other.error();
    if (*other) links.insert("previous:" + (*other)->purpose);
  }
  if (links.empty()) return tables.events().remove_values(event.sequence);
  const auto values = tables.events().values(event.sequence);
  if (!values.ok()) return values.error();
  for (const EventValueRow& value : *values) {
    if (links.contains(value.name)) continue;
    JAWORT_TRY(tables.events().remove_value(event.sequence, value.name));
  }
  return {};
}

// Whether the event is a sign-up by which this consent was to be renewed.
Result<bool> is_renewal(const EventRow& event, const std::string& purpose) {
  if (event.type != "form_submitted") return false;
  const auto leaf = decode_leaf(event.leaf);
  if (!leaf.ok()) return leaf.error();
  return leaf->fact("round:" + purpose) == "renewal";
}

// Removes the values of the consent's events after `after`, and the mails that they name. Of a
// renewal: only of its own sign-ups and what became of their mails; the confirmed round lives on.
Status remove_values(Tables& tables, const Consent& ended, std::int64_t after, bool of_renewal) {
  const auto events = tables.events().about(ended.contact, ended.id);
  if (!events.ok()) return events.error();
  OtherRounds others(tables, ended);
  std::set<MailId> mails;
  for (const EventRow& event : *events) {
    if (event.sequence <= after) continue;
    const auto named = mail_of(tables, event);
    if (!named.ok()) return named.error();
    const MailId mail = *named;
    if (of_renewal) {
      const auto sign_up = is_renewal(event, ended.purpose);
      if (!sign_up.ok()) return sign_up.error();
      // The confirmed round's reminder came before the renewal's sign-up.
      const bool reminder = event.type == "reminder_queued" && !mails.empty();
      const bool concerned = *sign_up || (mail && (mails.contains(mail) || reminder));
      if (!concerned || event.type == "consent_revoked") continue;
    }
    if (mail) mails.insert(mail);
    const auto shared = others.any_of(
        event.consents, [&](const Round& round) { return rests_on(round, event, mail); });
    if (!shared.ok()) return shared.error();
    if (!*shared) JAWORT_TRY(empty_event(tables, event, ended, of_renewal || after > 0));
  }
  for (const MailId mail : mails) JAWORT_TRY(retire_mail(tables, mail, others));
  return {};
}

// The last event that belongs to the round that stands again: its revocation.
Result<std::int64_t> end_of_earlier(const Tables& tables, const Consent& consent,
                                    const Round& earlier) {
  const auto events = tables.events().about(consent.contact, consent.id);
  if (!events.ok()) return events.error();
  for (const EventRow& event : *events) {
    if (event.type == "consent_revoked" && event.at == earlier.revoked->at) return event.sequence;
  }
  return internal_error("a revoked round without its event");
}

// A lead lives by a sign-up of its own, without any consent, whose values are still there.
Result<bool> is_lead(const Tables& tables, ContactId contact) {
  const auto events = tables.events().about(contact);
  if (!events.ok()) return events.error();
  for (const EventRow& event : *events) {
    if (!event.consents.empty()) continue;
    const auto values = tables.events().values(event.sequence);
    if (!values.ok()) return values.error();
    if (!values->empty()) return true;
  }
  return false;
}

Status remove_empty_contact(Tables& tables, ContactId contact) {
  const auto consents = tables.consents().of_contact(contact);
  if (!consents.ok()) return consents.error();
  const auto fields = tables.contacts().fields(contact);
  if (!fields.ok()) return fields.error();
  if (!consents->empty() || !fields->empty()) return {};
  const auto lead = is_lead(tables, contact);
  if (!lead.ok()) return lead.error();
  return *lead ? Status{} : tables.contacts().remove(contact);
}

}  // namespace

Status end_renewal(Tables& tables, const Consent& consent) {
  auto row = tables.consents().find(consent.id);
  if (!row.ok()) return row.error();
  if (!*row) return internal_error("a renewal without its consent");
  (*row)->renewal.reset();
  JAWORT_TRY(tables.consents().put(**row));
  return remove_values(tables, **row, (*row)->round.submission, true);
}

Status end_round(Tables& tables, const Consent& consent) {
  const auto earlier = folded_standing(tables, consent);
  if (!earlier.ok()) return earlier.error();
  if (earlier->round && earlier->round->status == ConsentStatus::kConfirmed) {
    return end_renewal(tables, consent);
  }
  if (earlier->round) {
    Consent restored = consent;
    restored.round = *earlier->round;
    const auto after = end_of_earlier(tables, consent, *earlier->round);
    if (!after.ok()) return after.error();
    JAWORT_TRY(tables.consents().put(restored));
    return remove_values(tables, consent, *after, false);
  }
  JAWORT_TRY(tables.consents().remove(consent.id));
  JAWORT_TRY(remove_values(tables, consent, 0, false));
  return remove_empty_contact(tables, consent.contact);
}

Status deny_pending(const Context& context, Tables& tables, const ConsentLink& link,
                    const std::vector<Consent>& pending, const Visit& visit, Instant now) {
  const NewEvent event = link_event(context, "consent_denied", link, pending, visit, now);
  const auto sequence = record_event(context, tables, event);
  if (!sequence.ok()) return sequence.error();
  if (link.contact) {
    const auto key = address_key(context.keys.address, link.contact->email_normalised);
    for (const Consent& consent : pending) {
      JAWORT_TRY(tables.marks().mark_denied(key, consent.round.form, now + kDenialHolds));
    }
  }
  for (const Consent& consent : pending) JAWORT_TRY(end_round(tables, consent));
  return {};
}

Status let_go(const Context& context, Tables& tables, const ConsentLink& link,
              const Consent& consent, const Visit& visit, Instant now) {
  NewEvent event = link_event(context, "consent_expired", link, {consent}, visit, now);
  event.facts.push_back({"reason", "not_chosen"});
  const auto sequence = record_event(context, tables, event);
  if (!sequence.ok()) return sequence.error();
  return end_round(tables, consent);
}

void count_consents(const Context& context, std::string_view change, std::size_t by) {
  context.metrics
      .counter("jawort_consents_total{change=\"" + std::string(change) + "\"}",
               "Consents, by what happened")
      .add(by);
}

}  // namespace jawort
