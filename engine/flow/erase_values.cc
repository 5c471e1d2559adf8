#include "engine/flow/erase_values.h"

#include <algorithm>
#include <set>

#include "engine/flow/consent_events.h"

namespace jawort {
namespace {

constexpr std::string_view kPrevious = "previous:";

class Erasure {
 public:
  Erasure(Tables& tables, const std::vector<KeptRounds>& kept, ErasedValues& erased)
      : tables_(tables), kept_(kept), erased_(erased) {}

  Status take(const EventRow& event) {
    const auto values = tables_.events().values(event.sequence);
    if (!values.ok()) return values.error();
    const MailId mail = mail_in(*values);
    if (mail) mails_.insert(mail);
    const bool about_kept = std::ranges::any_of(
        event.consents, [&](ConsentId consent) { return find(consent) != nullptr; });
    const bool whole = about_kept && rests_on(event, mail);
    int gone = 0;
    for (const EventValueRow& value : *values) {
      if (whole || (about_kept && is_link_of_kept(value.name))) continue;
      JAWORT_TRY(tables_.events().remove_value(event.sequence, value.name));
      ++gone;
    }
    erased_.values += gone;
    erased_.events += gone > 0 ? 1 : 0;
    JAWORT_TRY(tables_.enrolments().remove_begun_by(event.sequence));
    return about_kept ? Status{} : tables_.events().untie(event.sequence);
  }

  Status retire_mails() {
    for (const MailId id : mails_) JAWORT_TRY(retire(id));
    return {};
  }

 private:
  static MailId mail_in(const std::vector<EventValueRow>& values) {
    const auto mail = std::ranges::find(values, "mail", &EventValueRow::name);
    return MailId{mail == values.end() ? 0 : parse_id_text(mail->value).value_or(0)};
  }

  const KeptRounds* find(ConsentId consent) const {
    const auto found = std::ranges::find(kept_, consent, &KeptRounds::consent);
    return found == kept_.end() ? nullptr : &*found;
  }

  bool is_link_of_kept(std::string_view name) const {
    if (!name.starts_with(kPrevious)) return false;
    name.remove_prefix(kPrevious.size());
    return std::ranges::find(kept_, name, &KeptRounds::purpose) != kept_.end();
  }

  // REQUIRES: the event is about a kept consent.
  bool rests_on(const EventRow& event, MailId mail) const {
    if (event.type == "consent_revoked" || event.type == "contact_erased") return true;
    return std::ranges::any_of(event.consents, [&](ConsentId consent) {
      const KeptRounds* const kept = find(consent);
      return kept != nullptr && std::ranges::any_of(kept->rounds, [&](const Round& round) {
               if (event.type == "form_submitted") return event.sequence == round.submission;
               return round.has_mail(mail);
             });
    });
  }

  Status retire(MailId id) {
    auto row = tables_.outbox().find(id);
    if (!row.ok()) return row.error();
    if (!*row) return {};
    if (may_follow((*row)->state, OutboxState::kDropped)) {
      (*row)->state = OutboxState::kDropped;
      JAWORT_TRY(tables_.outbox().update(**row));
      ++erased_.dropped;
    }
    const bool proof = std::ranges::any_of(kept_, [&](const KeptRounds& kept) {
      return std::ranges::any_of(kept.rounds,
                                 [&](const Round& round) { return round.has_mail(id); });
    });
    if (proof) return {};
    ++erased_.mails;
    return tables_.outbox().untie(id);
  }

  Tables& tables_;
  const std::vector<KeptRounds>& kept_;
  ErasedValues& erased_;
  std::set<MailId> mails_;
};

}  // namespace

Result<KeptRounds> rounds_to_keep(const Tables& tables, const Consent& consent) {
  KeptRounds kept{consent.id, consent.purpose, {}};
  const auto events = consent_events(tables, consent);
  if (!events.ok() && events.error().kind == ErrorKind::kStorage) return events.error();
  auto history = events.ok() ? fold(*events) : Result<History>(events.error());
  kept.rounds = history.ok() ? std::move(history->rounds) : std::vector<Round>{consent.round};
  std::erase_if(kept.rounds, [](const Round& round) { return !round.confirmed; });
  return kept;
}

Status erase_values_but(Tables& tables, ContactId contact, const std::vector<KeptRounds>& kept,
                        ErasedValues& erased) {
  const auto events = tables.events().about(contact);
  if (!events.ok()) return events.error();
  Erasure erasure(tables, kept, erased);
  for (const EventRow& event : *events) JAWORT_TRY(erasure.take(event));
  return erasure.retire_mails();
}

}  // namespace jawort
