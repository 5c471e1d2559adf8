#include "engine/flow/erase_contact.h"

#include <algorithm>

#include "engine/consent/email_address.h"
#include "engine/flow/end_round.h"
#include "engine/flow/kept_proof.h"
#include "engine/flow/publish_events.h"
#include "engine/flow/record_event.h"

namespace jawort {
namespace {

class Erasure {
 public:
  Erasure(const Context& context, Tables& tables, std::int64_t address, const ErasureTerms& terms)
      : context_(context), tables_(tables), address_key_(address), terms_(terms) {}

  Status erase(const ContactRow& contact) {
    const auto consents = tables_.consents().of_contact(contact.id);
    if (!consents.ok()) return consents.error();
    const auto fields = tables_.contacts().fields(contact.id);
    if (!fields.ok()) return fields.error();
    done_.fields = static_cast<int>(fields->size());
    std::vector<KeptRounds> kept;
    for (const Consent& consent : *consents) {
      auto rounds = rounds_to_keep(tables_, consent);
      if (!rounds.ok()) return rounds.error();
      if (!terms_.with_proof && !rounds->rounds.empty()) kept.push_back(std::move(*rounds));
    }
    JAWORT_TRY(record(contact.id, abouts(*consents)));
    JAWORT_TRY(publish_contact(context_, tables_, contact.id));
    for (const Consent& consent : *consents) JAWORT_TRY(end(consent, kept));
    JAWORT_TRY(erase_values_but(tables_, contact.id, kept, done_.gone));
    JAWORT_TRY(tables_.contacts().remove(contact.id));
    return tables_.suppressions().put(address_key_, {SuppressionReason::kErasure, terms_.at});
  }

  // What earlier erasures kept, contact by contact.
  Status erase_kept() {
    const auto rows = tables_.erasures().kept(address_key_);
    if (!rows.ok()) return rows.error();
    for (auto row = rows->begin(); row != rows->end();) {
      const auto end = std::find_if(row, rows->end(), [&](const KeptProofRow& other) {
        return other.contact != row->contact;
      });
      JAWORT_TRY(erase_kept_of({row, end}));
      row = end;
    }
    return {};
  }

  Status note(const ErasedContact& done, ContactId contact) {
    if (done.sequence == 0) return {};
    return tables_.erasures().note(
        {address_key_, terms_.at, terms_.ground, terms_.with_proof, contact, ended_});
  }

  const ErasedContact& done() const { return done_; }

 private:
  static std::vector<NewEvent::About> abouts(const std::vector<Consent>& consents) {
    std::vector<NewEvent::About> out;
    for (const Consent& consent : consents) out.push_back({consent.id, consent.purpose});
    return out;
  }

  Status record(ContactId contact, std::vector<NewEvent::About> consents) {
    NewEvent event;
    event.type = "contact_erased";
    event.at = terms_.at;
    event.contact = contact;
    event.consents = std::move(consents);
    event.facts = {
        {"date", context_.zone.local(terms_.at).date},
        {"zone", context_.zone.name()},
        {"ground", terms_.ground},
        {"with_proof", terms_.with_proof ? "true" : "false"},
        {"recorded_anew", terms_.recorded_anew ? rfc3339(context_.clock.now()) : std::string()}};
    const auto sequence = record_event(context_, tables_, event);
    if (!sequence.ok()) return sequence.error();
    done_.sequence = *sequence;
    return {};
  }

  Status end(const Consent& consent, const std::vector<KeptRounds>& kept) {
    ended_.push_back(consent.id);
    ErasedConsent erased{consent.purpose, consent.round.status, "", ""};
    if (consent.round.confirmed) erased.confirmed_date = consent.round.confirmed->date;
    const auto rounds = std::ranges::find(kept, consent.id, &KeptRounds::consent);
    if (rounds != kept.end()) {
      Instant until{};
      for (const Round& round : rounds->rounds) {
        until = std::max(until, end_of_proof(context_, consent.purpose, round, terms_.at));
      }
      erased.confirmed_date = rounds->rounds.back().confirmed->date;
      erased.kept_until = context_.zone.local(until - milliseconds{1}).date;
      JAWORT_TRY(tables_.erasures().keep({consent.id, consent.contact, consent.purpose,
                                          address_key_, terms_.at, done_.sequence, until}));
    }
    done_.consents.push_back(std::move(erased));
    return tables_.consents().remove(consent.id);
  }

  Status erase_kept_of(const std::vector<KeptProofRow>& rows) {
    std::vector<NewEvent::About> about;
    for (const KeptProofRow& row : rows) {
      about.push_back({row.consent, row.purpose});
      ended_.push_back(row.consent);
      JAWORT_TRY(tables_.erasures().forget(row.consent));
      ++done_.earlier_proofs;
    }
    JAWORT_TRY(record(rows.front().contact, std::move(about)));
    JAWORT_TRY(publish_contact(context_, tables_, rows.front().contact));
    return erase_values_but(tables_, rows.front().contact, {}, done_.gone);
  }

  const Context& context_;
  Tables& tables_;
  const std::int64_t address_key_;
  const ErasureTerms& terms_;
  ErasedContact done_;
  std::vector<ConsentId> ended_;
};

}  // namespace

Result<ErasedContact> erase_address(const Context& context, Tables& tables,
                                    std::int64_t address_key,
                                    const std::optional<ContactRow>& contact,
                                    const ErasureTerms& terms) {
  Erasure erasure(context, tables, address_key, terms);
  if (terms.with_proof) JAWORT_TRY(erasure.erase_kept());
  if (contact) JAWORT_TRY(erasure.erase(*contact));
  JAWORT_TRY(erasure.note(erasure.done(), contact ? contact->id : ContactId{}));
  return erasure.done();
}

Result<ErasedContact> erase_contact(const Context& context, std::string_view email,
                                    bool with_proof) {
  const auto address = EmailAddress::parse(email);
  if (!address.ok()) return address.error();
  const auto key = address_key(context.keys.address, address->normalised());
  ErasedContact done;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    const auto contact = tables.contacts().find_by_address(address->normalised());
    if (!contact.ok()) return contact.error();
    const auto kept = tables.erasures().kept(key);
    if (!kept.ok()) return kept.error();
    if (!*contact && kept->empty()) return not_found("no such contact");
    if (!*contact && !with_proof) {
      return refused(
          "this person was erased already, but for the proof of what was confirmed; "
          "--with-proof destroys that too");
    }
    ErasureTerms terms;
    terms.with_proof = with_proof;
    terms.at = context.clock.now();
    auto erased = erase_address(context, tables, key, *contact, terms);
    if (!erased.ok()) return erased.error();
    done = std::move(*erased);
    return {};
  }));
  count_consents(context, "erased", done.consents.size());
  return done;
}

}  // namespace jawort
