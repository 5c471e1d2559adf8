#include "engine/flow/kept_proof.h"

#include <algorithm>
#include <charconv>

#include "engine/consent/email_address.h"
#include "engine/flow/consent_events.h"
#include "engine/flow/erase_values.h"
#include "engine/flow/record_event.h"

namespace jawort {
namespace {

Result<KeptConsent> kept_consent(const Tables& tables, const KeptProofRow& row) {
  KeptConsent kept{{row.consent, row.contact, row.purpose, {}}, row.erasure, row.until};
  const auto history = consent_history(tables, kept.consent);
  if (!history.ok()) return history.error();
  const auto& rounds = history->rounds;
  const auto last = std::find_if(rounds.rbegin(), rounds.rend(),
                                 [](const Round& round) { return round.confirmed.has_value(); });
  if (last == rounds.rend()) return internal_error("a proof is kept of what was never confirmed");
  kept.consent.round = *last;
  kept.consent.round.erased = rounds.back().erased;
  return kept;
}

// Midnight after the last day of the year that `at` is in, by the controller's calendar.
Instant end_of_year(const TimeZone& zone, Instant at) {
  const std::string date = zone.local(at).date;
  int year = 0;
  std::from_chars(date.data(), date.data() + date.size(), year);
  const std::chrono::sys_days next = std::chrono::year{year + 1} / std::chrono::January / 1;
  return zone.moment(rfc3339(next).substr(0, 10), std::chrono::minutes{0}).value_or(next);
}

// Another consent of the same person may be kept for longer, by events that they share.
Status end_one(Tables& tables, const KeptProofRow& row) {
  JAWORT_TRY(tables.erasures().forget(row.consent));
  const auto others = tables.erasures().kept(row.address_key);
  if (!others.ok()) return others.error();
  std::vector<KeptRounds> kept;
  for (const KeptProofRow& other : *others) {
    if (other.contact != row.contact) continue;
    auto rounds = rounds_to_keep(tables, {other.consent, other.contact, other.purpose, {}});
    if (!rounds.ok()) return rounds.error();
    kept.push_back(std::move(*rounds));
  }
  ErasedValues ignored;
  return erase_values_but(tables, row.contact, kept, ignored);
}

}  // namespace

Result<std::optional<KeptProof>> find_kept_proof(const Context& context, const Tables& tables,
                                                 std::string_view email) {
  const auto address = EmailAddress::parse(email);
  if (!address.ok()) return address.error();
  const auto rows =
      tables.erasures().kept(address_key(context.keys.address, address->normalised()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<KeptProof>{};
  KeptProof proof;
  for (const KeptProofRow& row : *rows) {
    auto kept = kept_consent(tables, row);
    if (!kept.ok()) return kept.error();
    proof.consents.push_back(std::move(*kept));
  }
  return std::optional(std::move(proof));
}

Instant end_of_proof(const Context& context, std::string_view purpose, const Round& round,
                     Instant erased_at) {
  const auto set = context.definitions.get();
  const Purpose* const known = set->purpose(purpose);
  const Instant ended = round.revoked ? round.revoked->at : erased_at;
  if (known != nullptr && known->keep_proof) return plus(ended, *known->keep_proof);
  return end_of_year(context.zone, plus(ended, set->proof_kept()));
}

Result<int> end_kept_proofs(const Context& context, int limit) {
  int ended = 0;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto rows = tables.erasures().ended(context.clock.now(), 1);
    if (!rows.ok()) return rows.error();
    ended = static_cast<int>(rows->size());
    return {};
  }));
  if (ended == 0) return 0;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    const Instant now = context.clock.now();
    const auto rows = tables.erasures().ended(now, limit);
    if (!rows.ok()) return rows.error();
    ended = static_cast<int>(rows->size());
    if (ended == 0) return {};
    for (const KeptProofRow& row : *rows) JAWORT_TRY(end_one(tables, row));
    NewEvent event;
    event.type = "values_erased";
    event.at = now;
    event.facts = {{"date", context.zone.local(now).date},
                   {"ground", "retention"},
                   {"name", "proof"},
                   {"count", std::to_string(ended)}};
    JAWORT_TRY(record_event(context, tables, event));
    return {};
  }));
  return ended;
}

}  // namespace jawort
