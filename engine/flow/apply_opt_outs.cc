#include "engine/flow/apply_opt_outs.h"

#include <algorithm>
#include <unordered_map>

#include "engine/flow/consent_events.h"
#include "engine/flow/consent_link.h"
#include "engine/flow/end_round.h"
#include "engine/flow/erase_contact.h"

namespace jawort {
namespace {

constexpr int kContactsAtOnce = 500;

using ByAddress = std::unordered_map<std::int64_t, std::vector<const OptOut*>>;

// Stamps do not go backwards: nothing that is recorded now is older than the newest event.
Result<Instant> not_before_the_newest(const Tables& tables, Instant at) {
  const auto last = tables.events().last_sequence();
  if (!last.ok()) return last.error();
  const auto newest = tables.events().find(*last);
  if (!newest.ok()) return newest.error();
  return *newest ? std::max(at, (*newest)->at) : at;
}

Status erase_anew(const Context& context, Tables& tables, const OptOut& opt_out,
                  const std::optional<ContactRow>& contact, OptOutsApplied& applied) {
  const auto at = not_before_the_newest(tables, opt_out.at);
  if (!at.ok()) return at.error();
  const ErasureTerms terms{opt_out.detail == kWithProof, opt_out.subject, *at, true};
  const auto erased = erase_address(context, tables, opt_out.address_key, contact, terms);
  if (!erased.ok()) return erased.error();
  if (erased->sequence > 0) ++applied.erased;
  return {};
}

// What happened to the consents of one contact, in the order in which it did.
class Reapplication {
 public:
  Reapplication(const Context& context, Tables& tables, const ContactRow& contact)
      : context_(context), tables_(tables) {
    link_.contact = contact;
  }

  Status apply(const OptOut& opt_out, OptOutsApplied& applied) {
    if (opt_out.kind == OptOutKind::kSuppressed) return {};
    if (!link_.contact) return destroy_proof(opt_out, applied);
    if (opt_out.kind == OptOutKind::kErased) return erase(opt_out, applied);
    const auto consents = tables_.consents().of_contact(link_.contact->id);
    if (!consents.ok()) return consents.error();
    for (const Consent& consent : *consents) {
      const bool meant = opt_out.kind == OptOutKind::kRevoked
                             ? consent.purpose == opt_out.subject
                             : consent.round.form == opt_out.subject;
      if (!meant || is_newer(consent.round, opt_out)) continue;
      if (consent.round.status == ConsentStatus::kPending) {
        JAWORT_TRY(deny(consent));
        ++applied.denied;
      } else if (consent.round.status == ConsentStatus::kConfirmed &&
                 opt_out.kind == OptOutKind::kRevoked) {
        JAWORT_TRY(revoke(consent, opt_out));
        ++applied.revoked;
      }
    }
    return {};
  }

 private:
  // Signed up or confirmed after that: the person has come back since.
  static bool is_newer(const Round& round, const OptOut& opt_out) {
    const bool denial = opt_out.kind == OptOutKind::kDenied;
    const Instant since = denial ? opt_out.at - kDenialHolds : opt_out.at;
    return round.confirmed ? round.confirmed->at >= since : round.opt_in.at >= since;
  }

  Status deny(const Consent& consent) {
    return deny_pending(context_, tables_, link_, {consent}, Visit{}, context_.clock.now());
  }

  // A contact that is younger than the erasure is of somebody who came back.
  Status erase(const OptOut& opt_out, OptOutsApplied& applied) {
    if (link_.contact->created_at >= opt_out.at) return {};
    JAWORT_TRY(erase_anew(context_, tables_, opt_out, link_.contact, applied));
    link_.contact.reset();
    return {};
  }

  // The person was erased by an earlier line, which kept the proof; this one takes it as well.
  // What is kept of the address is of no later erasure: the contact was there until now.
  Status destroy_proof(const OptOut& opt_out, OptOutsApplied& applied) {
    if (opt_out.kind != OptOutKind::kErased || opt_out.detail != kWithProof) return {};
    OptOutsApplied same_person;
    JAWORT_TRY(erase_anew(context_, tables_, opt_out, std::nullopt, same_person));
    applied.erased = std::max(applied.erased, same_person.erased);
    return {};
  }

  Status revoke(const Consent& consent, const OptOut& opt_out) {
    const auto at = not_before_the_newest(tables_, opt_out.at);
    if (!at.ok()) return at.error();
    const auto by = parse_revoked_by(opt_out.detail).value_or(RevokedBy::kStaff);
    NewEvent event = link_event(context_, "consent_revoked", link_, {consent}, Visit{}, *at);
    event.facts.push_back({"zone", context_.zone.name()});
    event.facts.push_back({"revoked_by", std::string(name_of(by))});
    event.facts.push_back({"recorded_anew", rfc3339(context_.clock.now())});
    JAWORT_TRY(record_event(context_, tables_, event));
    ConsentEvent change;
    change.change = ConsentChange::kRevoked;
    change.at = {*at, context_.zone.local(*at).date};
    change.revoked_by = by;
    JAWORT_TRY(change_consents(tables_, {consent}, change));
    return consent.renewal ? end_renewal(tables_, consent) : Status{};
  }

  const Context& context_;
  Tables& tables_;
  ConsentLink link_;
};

Status apply_to_contact(const Context& context, const ContactRow& contact,
                        const std::vector<const OptOut*>& opt_outs, OptOutsApplied& applied) {
  OptOutsApplied here;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    here = {};
    Reapplication reapplication(context, tables, contact);
    for (const OptOut* const opt_out : opt_outs) {
      JAWORT_TRY(reapplication.apply(*opt_out, here));
    }
    return {};
  }));
  applied.revoked += here.revoked;
  applied.denied += here.denied;
  applied.erased += here.erased;
  return {};
}

// Proofs of an erasure after this one are of a person who came back.
Status erase_kept_before(const Context& context, Tables& tables, const OptOut& opt_out,
                         OptOutsApplied& applied) {
  const auto kept = tables.erasures().kept(opt_out.address_key);
  if (!kept.ok()) return kept.error();
  const bool all_older = std::ranges::all_of(
      *kept, [&](const KeptProofRow& row) { return row.erased_at < opt_out.at; });
  if (kept->empty() || !all_older) return {};
  return erase_anew(context, tables, opt_out, std::nullopt, applied);
}

// What is known of the address alone: whether or not there is a contact of it.
Status apply_to_addresses(const Context& context, const std::vector<OptOut>& opt_outs,
                          OptOutsApplied& applied) {
  return context.store.write([&](Tables& tables) -> Status {
    applied.suppressed = applied.erased = 0;
    for (const OptOut& opt_out : opt_outs) {
      // Without a contact there may still be a proof that an earlier erasure kept.
      if (opt_out.kind == OptOutKind::kErased && opt_out.detail == kWithProof) {
        JAWORT_TRY(erase_kept_before(context, tables, opt_out, applied));
      }
      if (opt_out.kind == OptOutKind::kDenied) {
        JAWORT_TRY(tables.marks().mark_denied(opt_out.address_key, opt_out.subject, opt_out.at));
      }
      const auto reason = parse_suppression_reason(opt_out.subject);
      if (opt_out.kind != OptOutKind::kSuppressed || !reason) continue;
      const auto known = tables.suppressions().find(opt_out.address_key);
      if (!known.ok()) return known.error();
      if (*known && (*known)->reason >= *reason) continue;
      JAWORT_TRY(tables.suppressions().put(opt_out.address_key, {*reason, opt_out.at}));
      ++applied.suppressed;
    }
    return {};
  });
}

}  // namespace

Result<OptOutsApplied> apply_opt_outs(const Context& context, const std::vector<OptOut>& opt_outs) {
  OptOutsApplied applied;
  if (opt_outs.empty()) return applied;
  JAWORT_TRY(apply_to_addresses(context, opt_outs, applied));
  ByAddress by_address;
  for (const OptOut& opt_out : opt_outs) by_address[opt_out.address_key].push_back(&opt_out);
  for (ContactId after;;) {
    std::vector<ContactRow> page;
    JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
      auto rows = tables.contacts().page(after, kContactsAtOnce);
      if (!rows.ok()) return rows.error();
      page = std::move(*rows);
      return {};
    }));
    if (page.empty()) return applied;
    after = page.back().id;
    for (const ContactRow& contact : page) {
      const auto key = address_key(context.keys.address, contact.email_normalised);
      const auto found = by_address.find(key);
      if (found == by_address.end()) continue;
      JAWORT_TRY(apply_to_contact(context, contact, found->second, applied));
    }
  }
}

}  // namespace jawort
